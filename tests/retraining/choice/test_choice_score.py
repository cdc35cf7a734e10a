"""Scores of a choice, on predictions made by hand."""

import numpy as np
import pytest

from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.choice.choice_score import choice_scores

ROWS = 200
LABELS = np.arange(ROWS) % 2
ACCURACY = get_metric("accuracy")


def answers(right: np.ndarray) -> np.ndarray:
    """Predictions of a net that is right on some rows."""
    return np.eye(2, dtype=np.float32)[np.where(right, LABELS, 1 - LABELS)]


def test_the_luckiest_of_many_guesses_scores_no_better_than_a_guess() -> None:
    random = np.random.default_rng(1)
    guesses = {number: answers(random.random(ROWS) < 0.5) for number in range(60)}

    def choose(rows: np.ndarray) -> list[int]:
        return [ACCURACY.best([ACCURACY.score(LABELS[rows], each[rows]) for each in guesses.values()])]

    (lucky,) = choose(np.ones(ROWS, bool))
    assert ACCURACY.score(LABELS, guesses[lucky]) > 0.56
    (honest,) = choice_scores(ACCURACY, LABELS, guesses, choose)
    assert honest < 0.54


def test_each_step_is_the_mean_of_what_is_chosen_so_far_on_other_rows() -> None:
    first, second = answers(np.arange(ROWS) % 4 != 0), answers(np.arange(ROWS) % 4 != 1)
    seen = np.zeros(ROWS, int)

    def choose(rows: np.ndarray) -> list[int]:
        seen[~rows] += 1
        return [7, 9]

    predictions = {7: first, 9: 0.9 * second + 0.05, 8: answers(np.zeros(ROWS, bool))}
    assert choice_scores(ACCURACY, LABELS, predictions, choose) == (0.75, 0.75)
    assert (seen == 1).all()
    fewer = choice_scores(ACCURACY, LABELS, predictions, lambda rows: [7, 9] if rows[0] else [7])
    assert len(fewer) == 2


def test_rows_of_a_group_are_left_out_together() -> None:
    groups = np.arange(ROWS) // 20

    def choose(rows: np.ndarray) -> list[int]:
        assert all(len(set(rows[groups == each])) == 1 for each in range(10)) and not rows.all()
        return [0]

    assert choice_scores(ACCURACY, LABELS, {0: answers(LABELS == 0)}, choose, groups) == (0.5,)


def test_rows_of_a_group_are_adjusted_together() -> None:
    random, groups, kappa = np.random.default_rng(0), np.arange(ROWS) // 20, get_metric("kappa")
    labels = random.integers(0, 2, 10)[groups]  # of each group one, which only the group's other rows could tell
    said = np.repeat(random.random(10), 20)
    predictions = {0: np.stack([1 - said, said], axis=1).astype(np.float32)}
    (by_group,), (by_row,) = (
        choice_scores(kappa, labels, predictions, lambda _: [0], each) for each in (groups, None)
    )
    assert by_group == kappa.adjusted_score(labels, predictions[0], groups) < by_row


@pytest.mark.parametrize(("rows", "groups"), [(1, None), (9, None), (200, np.zeros(ROWS, np.int64))])
def test_of_few_rows_or_one_group_none_is_left_out(rows: int, groups: np.ndarray | None) -> None:
    def choose(mask: np.ndarray) -> list[int]:
        assert mask.all()
        return [3]

    right = {3: answers(np.ones(ROWS, bool))[:rows]}
    assert choice_scores(ACCURACY, LABELS[:rows], right, choose, groups) == (1.0,)
