import numpy as np
import pytest

from kagglebot.metrics.registry import get_metric
from kagglebot.training.oof_predictions import OofPredictions
from kagglebot.training.standard_error import difference_error, score_error

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
    assert get_metric("accuracy").standard_error(1.0, 100) == 0


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
