import math

import numpy as np
import pytest

from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.scoring.standard_error import adjusted_error, difference_error, mean_error, score_error

ROWS = 400


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3, ROWS)


def answers(labels: np.ndarray, right: float, seed: int, rows: np.ndarray | None = None) -> OofPredictions:
    """Answers for the given rows, that share of them right."""
    rng = np.random.default_rng(seed)
    rows = np.arange(ROWS) if rows is None else rows
    chosen = np.where(rng.random(len(rows)) < right, labels[rows], (labels[rows] + 1) % 3)
    probabilities = np.full((len(rows), 3), 0.1, np.float32)
    probabilities[np.arange(len(rows)), chosen] = 0.8
    return OofPredictions(rows, probabilities)


def test_the_error_of_an_accuracy_is_binomial(labels: np.ndarray) -> None:
    kept = answers(labels, 0.9, seed=1)
    right = float((kept.probabilities.argmax(axis=1) == labels).mean())
    assert score_error("accuracy", labels, kept) == pytest.approx(
        get_metric("accuracy").standard_error(right, ROWS)
    )
    assert get_metric("accuracy").standard_error(0.9, 100) == pytest.approx(0.03)


@pytest.mark.parametrize("metric", ["macro_f1", "kappa", "auc", "log_loss"])
def test_every_metric_has_an_error_that_shrinks_with_rows(labels: np.ndarray, metric: str) -> None:
    few = score_error(metric, labels, answers(labels, 0.9, seed=1, rows=np.arange(100)))
    many = score_error(metric, labels, answers(labels, 0.9, seed=1))
    assert 0 < many < few < 0.3


def test_macro_f1_of_even_classes_has_about_the_error_of_accuracy(labels: np.ndarray) -> None:
    kept = answers(labels, 0.9, seed=1)
    assert score_error("macro_f1", labels, kept) == pytest.approx(
        get_metric("accuracy").standard_error(0.9, ROWS), rel=0.4
    )


@pytest.mark.parametrize("metric", ["accuracy", "log_loss", "macro_f1"])
def test_paired_by_row_most_of_the_noise_cancels_out(labels: np.ndarray, metric: str) -> None:
    first = answers(labels, 0.9, seed=1)
    probabilities = first.probabilities.copy()
    probabilities[:8] = probabilities[:8][:, ::-1]
    second = OofPredictions(first.rows, probabilities)
    error = difference_error(metric, labels, first, second)
    assert error is not None and 0 < error < score_error(metric, labels, first)
    assert difference_error(metric, labels, first, first) == 0


def test_different_rows_cannot_be_paired(labels: np.ndarray) -> None:
    first, second = answers(labels, 0.9, seed=1), answers(labels, 0.9, seed=1, rows=np.arange(1, ROWS))
    assert difference_error("accuracy", labels, first, second) is None


@pytest.mark.parametrize("metric", ["accuracy", "top_1_error", "top_2_accuracy"])
def test_where_no_row_is_wrong_one_that_is_differs_by_chance(labels: np.ndarray, metric: str) -> None:
    measure, patients = get_metric(metric), np.arange(ROWS) // 20
    for groups in (None, patients):
        none = score_error(metric, labels, answers(labels, 1.0, seed=1), groups)
        assert 1 / ROWS < none < 2 / ROWS
        # If that share were wrong, none of the rows would be as often as a score is more than an error off.
        assert (1 - none) ** ROWS == pytest.approx(0.3173, abs=1e-4)
    assert none == measure.standard_error(0.0 if measure.minimise else 1.0, ROWS)
    assert math.isnan(score_error(metric, labels, answers(labels, 1.0, seed=1), np.zeros(ROWS, np.int64)))


COPIES = 9


@pytest.mark.parametrize(
    "metric", ["accuracy", "log_loss", "macro_f1", "kappa", "auc", "multilabel_auc", "multilabel_log_loss"]
)
def test_copies_of_a_row_in_its_group_say_no_more_than_the_row(labels: np.ndarray, metric: str) -> None:
    predicted, measure = answers(labels, 0.9, seed=1).probabilities, get_metric(metric)
    truth = np.eye(3, dtype=np.uint8)[labels] if measure.several else labels
    alone = adjusted_error(measure, truth, predicted)
    again, copied, groups = (np.repeat(each, COPIES, axis=0) for each in (truth, predicted, np.arange(ROWS)))
    assert adjusted_error(measure, again, copied, groups) == pytest.approx(alone, rel=2 / ROWS)
    assert adjusted_error(measure, again, copied) < 0.8 * alone


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_the_error_of_groups_is_how_scores_of_other_groups_differ(metric: str) -> None:
    measure, scores, errors = get_metric(metric), [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 30, 40)  # patients, each with images that are easy or hard
        groups, truth = np.repeat(rng.permutation(40), sizes), rng.integers(0, 2, sizes.sum())
        right = rng.random(len(groups)) < np.repeat(rng.choice([0.5, 1.0], 40), sizes)
        probabilities = np.where(np.eye(2)[truth] == right[:, None], 0.8, 0.2).astype(np.float32)
        scores.append(measure.score(truth, probabilities))
        errors.append(adjusted_error(measure, truth, probabilities, groups))
    assert np.mean(errors) == pytest.approx(np.std(scores), rel=0.2)


def test_pairs_of_trials_are_compared_by_groups_too(labels: np.ndarray) -> None:
    first, second = answers(labels, 0.9, seed=1), answers(labels, 0.85, seed=2)
    for metric in ("accuracy", "macro_f1"):
        by_row, alone, halves, one = (
            difference_error(metric, labels, first, second, groups)
            for groups in (None, np.arange(ROWS), np.arange(ROWS) // 200, np.zeros(ROWS, np.int64))
        )
        assert by_row == pytest.approx(alone, rel=2 / ROWS)
        assert halves != pytest.approx(by_row, rel=0.1)
        assert one is None


def test_of_one_group_no_error_is_known(labels: np.ndarray) -> None:
    one = np.zeros(ROWS, np.int64)
    for metric in ("auc", "accuracy"):
        assert math.isnan(score_error(metric, labels, answers(labels, 0.9, seed=1), one))


def test_the_error_of_a_mean_of_two_groups_by_hand() -> None:
    # Sums of deviations are -2 and 2: twice the sum of squares, 16, over 4 rows.
    assert mean_error(np.array([0.0, 0.0, 1.0, 1.0]) * 2, np.array([7, 7, 3, 3])) == pytest.approx(1.0)
