"""Ensemble selection, on predictions made by hand."""

import numpy as np
import pytest

from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.choice.ensemble_selection import select

LABELS = np.array([0, 1, 0, 1, 0, 1])


def sure(right: list[float]) -> np.ndarray:
    """How sure of the truth a trial is, row by row."""
    values = np.array(right, np.float32)
    return np.where(LABELS[:, None] == np.arange(2), values[:, None], 1 - values[:, None]).astype(np.float32)


#: 7 is best alone; 3 errs where 7 does not, and is sure; 5 resembles 7.
ANSWERS = {
    3: sure([0.2, 0.2, 0.9, 0.9, 0.9, 0.9]),
    5: sure([0.9, 0.7, 0.7, 0.6, 0.3, 0.4]),
    7: sure([0.9, 0.9, 0.9, 0.8, 0.2, 0.8]),
}


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_a_trial_that_errs_elsewhere_joins_the_best(metric: str) -> None:
    selection = select(metric, LABELS, ANSWERS, 2)
    assert list(selection.weights.items()) == [(7, 1), (3, 1)]
    assert selection.scores[0] == get_metric(metric).score(LABELS, ANSWERS[7])
    assert selection.scores[-1] == pytest.approx(get_metric(metric).score(LABELS, (ANSWERS[7] + ANSWERS[3]) / 2))
    assert (selection.scores[1] < selection.scores[0]) == (metric == "log_loss")


def test_lower_is_better_for_a_loss() -> None:
    assert list(select("log_loss", LABELS, {1: sure([0.6] * 6), 2: sure([0.9] * 6)}, 1).weights) == [2]


def test_the_best_third_comes_in_unasked_and_the_rest_with_replacement() -> None:
    best, second, harmful = sure([0.9] * 6), sure([0.85] * 6), sure([0.1] * 6)
    answers = {0: harmful, 1: second, 2: best}
    assert dict(select("log_loss", LABELS, answers, 3).weights) == {2: 3}
    selection = select("log_loss", LABELS, answers, 5)
    assert dict(selection.weights) == {2: 4, 1: 1}
    assert len(selection.scores) == 5


def test_fewer_trials_than_members_are_taken_again() -> None:
    assert dict(select("accuracy", LABELS, {4: ANSWERS[3]}, 3).weights) == {4: 3}


def test_log_loss_decides_between_equal_scores_and_then_the_number() -> None:
    answers = {1: sure([0.7] * 6), 2: sure([0.8] * 6), 3: sure([0.8] * 6)}
    assert list(select("accuracy", LABELS, answers, 1).weights) == [2]


def test_a_row_of_many_is_chance_so_log_loss_decides_and_beyond_chance_accuracy_does() -> None:
    def wrong(rows: int, *certainty: float) -> np.ndarray:
        right, sure = np.arange(200) >= rows, np.resize(certainty, 200)[:, None]
        return np.where(np.eye(2)[1] == right[:, None], sure, 1 - sure).astype(np.float32)

    answers = {1: wrong(4, 0.99, 0.55), 2: wrong(5, 0.9), 3: wrong(20, 0.9)}
    labels = np.ones(200, np.int64)
    assert list(select("accuracy", labels, answers, 1).weights) == [2]
    assert list(select("accuracy", labels, {1: answers[1], 3: answers[3]}, 1).weights) == [1]
    assert list(select("macro_f1", labels, answers, 1).weights) == [1]
    assert list(select("accuracy", labels, {1: wrong(4, 0.6), 2: answers[2]}, 1).weights) == [1]  # unsure of all


def test_without_a_score_log_loss_decides() -> None:
    one_class = np.zeros(6, np.int64)
    assert list(select("auc", one_class, {1: ANSWERS[3], 2: np.full((6, 2), 0.5, np.float32)}, 1).weights) == [2]
    with pytest.raises(ValueError, match="no trials"):
        select("auc", LABELS, {}, 2)


def test_of_patients_more_is_chance_than_of_rows() -> None:
    def wrong(rows: np.ndarray, *certainty: float) -> np.ndarray:
        right, sure = ~np.isin(np.arange(200), rows)[:, None], np.resize(certainty, 200)[:, None]
        return np.where(np.eye(2)[1] == right, sure, 1 - sure).astype(np.float32)

    labels, patients = np.ones(200, np.int64), np.arange(200) // 10
    answers = {1: wrong(np.arange(6), 0.99, 0.55), 2: wrong(np.arange(0, 200, 20), 0.9)}
    assert list(select("accuracy", labels, answers, 1).weights) == [1]
    assert list(select("accuracy", labels, answers, 1, patients).weights) == [2]  # six mistakes are of one patient


def test_members_are_scored_on_rows_that_did_not_select_them() -> None:
    random, log_loss = np.random.default_rng(0), get_metric("log_loss")
    labels, guesses = random.integers(0, 2, 300), random.random((30, 300)).astype(np.float32)
    trials = {number: np.stack([each, 1 - each], axis=1) for number, each in enumerate(guesses)}
    selection = select("log_loss", labels, trials, 3)
    lucky = np.mean([trials[number] for number in selection.weights], axis=0)
    assert log_loss.adjusted_score(labels, lucky) + 0.03 < selection.scores[-1]


def test_what_sets_of_classes_are_adjusted_by_is_fitted_to_the_mean_that_is_submitted() -> None:
    random = np.random.default_rng(0)
    labels = (random.random((120, 3)) < 0.5).astype(np.uint8)
    trials = {number: (0.3 * labels + 0.6 * random.random((120, 3))).astype(np.float32) for number in range(2)}
    selection = select("sample_f1", labels, trials, 2)
    mean = np.mean(
        [trials[number] for number in selection.weights for _ in range(selection.weights[number])], axis=0
    )
    assert selection.adjustment == get_metric("sample_f1").fit(labels, mean) != ()
