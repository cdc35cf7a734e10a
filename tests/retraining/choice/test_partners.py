"""Partners of the best trial, on predictions made by hand."""

import numpy as np
import pytest

from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.retraining.choice.partners import find_partners

LABELS = np.arange(200) % 2


def sure(right: np.ndarray, certainty: float = 0.9) -> np.ndarray:
    """Predictions of a net that is right on some rows."""
    answers = np.where(right, LABELS, 1 - LABELS)
    return np.where(np.eye(2)[answers] == 1, certainty, 1 - certainty).astype(np.float32)


def losses(probabilities: np.ndarray) -> float:
    return float(calibrated_losses(LABELS, probabilities).mean())


ROWS = np.arange(200)
BEST = sure(ROWS % 20 != 0)


@pytest.mark.parametrize(
    ("others", "kinds", "chosen"),
    [
        ({1: sure(ROWS % 20 != 1), 2: sure(ROWS % 20 != 0)}, {}, [0, 1]),
        ({1: sure(ROWS % 20 != 1), 2: sure(ROWS % 20 != 2)}, {}, [0, 1]),
        ({1: sure(ROWS % 20 != 1), 2: sure(ROWS % 15 != 2)}, {1: "same", 0: "same"}, [0, 2]),
        ({1: sure(ROWS % 20 != 1)}, {1: "same", 0: "same"}, [0]),
        ({1: sure(ROWS % 2 == 0)}, {}, [0]),
        ({}, {}, [0]),
    ],
    ids=["errs elsewhere", "equal: the earlier", "another kind", "no other kind", "much worse", "no other"],
)
def test_the_best_trial_gets_one_that_errs_elsewhere(
    others: dict[int, np.ndarray], kinds: dict[int, str], chosen: list[int]
) -> None:
    predictions = {0: BEST, **others}
    kind = {number: kinds.get(number, str(number)) for number in predictions}
    assert find_partners(LABELS, 0, predictions, kind, 2) == chosen


@pytest.mark.parametrize(("margin", "taken"), [(2.5, [0, 1]), (0.0, [0])], ids=["by chance", "beyond chance"])
def test_a_partner_that_makes_the_mean_worse_by_chance_is_taken(margin: float, taken: list[int]) -> None:
    random = np.random.default_rng(0)
    best, other = (by_margin(random.normal(center, 1, 200)) for center in (3.0, margin))
    assert losses(best) < losses((best + other) / 2)
    assert find_partners(LABELS, 0, {0: best, 1: other}, {0: "a", 1: "b"}, 2) == taken


def by_margin(margins: np.ndarray) -> np.ndarray:
    """Predictions by the log odds of the true class."""
    right = 1 / (1 + np.exp(-margins))
    return np.where(np.eye(2)[LABELS] == 1, right[:, None], 1 - right[:, None]).astype(np.float32)


def test_there_are_as_many_nets_as_asked_for() -> None:
    predictions = {number: sure(number != ROWS % 20) for number in range(5)}
    kinds = {number: number for number in predictions}
    assert [len(find_partners(LABELS, 0, predictions, kinds, nets)) for nets in (1, 2, 4, 9)] == [1, 2, 4, 5]


def test_what_only_one_of_two_groups_shows_may_be_chance() -> None:
    random, centers = np.random.default_rng(0), np.where(ROWS < 100, 3.0, 0.0)
    best, other = by_margin(random.normal(3.0, 1, 200)), by_margin(random.normal(centers, 1))
    kinds = {0: "a", 1: "b"}
    assert find_partners(LABELS, 0, {0: best, 1: other}, kinds, 2) == [0]
    assert find_partners(LABELS, 0, {0: best, 1: other}, kinds, 2, groups=ROWS // 100) == [0, 1]
