import numpy as np
import pytest

from kagglebot.metrics.adjustments.thresholds import apply_thresholds, named
from kagglebot.metrics.registry import get_metric

ROWS = 500
NAMES = ["sample_f1", "sample_f2", "multilabel_micro_f1", "multilabel_macro_f1", "multilabel_macro_f0.5"]


def _predictions(*shares: float, seed: int = 0, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of which each class has its share of the rows, and probabilities of a net that knows those shares."""
    rng = np.random.default_rng(seed)
    labels = (rng.random((ROWS, len(shares))) < shares).astype(np.uint8)
    logits = 2.5 * labels - 1.25 + np.log(np.array(shares) / (1 - np.array(shares)))
    logits = logits + rng.normal(scale=spread, size=labels.shape)
    return labels, (1 / (1 + np.exp(-logits))).astype(np.float32)


def test_a_class_is_named_from_its_threshold_on() -> None:
    probabilities = np.array([[0.1, 0.1], [0.2, 0.2], [0.9, 0.9]], np.float32)
    adjusted = apply_thresholds(probabilities, (0.15, 0.5))
    assert named(adjusted).tolist() == [[False, False], [True, False], [True, True]]
    assert (np.argsort(adjusted, axis=0) == np.argsort(probabilities, axis=0)).all()
    assert named(apply_thresholds(probabilities, (0.95, 0.95, 0.0))).tolist() == [
        [True, False],
        [True, False],
        [True, False],
    ]
    edge = np.array([[0.0, 1.0]], np.float32)
    assert apply_thresholds(edge, (0.01, 0.97)).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("name", NAMES)
def test_fitted_thresholds_improve_the_score_of_other_rows(name: str) -> None:
    metric = get_metric(name)
    labels, probabilities = _predictions(0.5, 0.2, 0.1, 0.05)
    numbers = metric.fit(labels, probabilities)
    assert len(numbers) == 4
    others, predicted = _predictions(0.5, 0.2, 0.1, 0.05, seed=1)
    assert metric.score(others, metric.adjust(predicted, numbers)) > metric.score(others, predicted) + 0.005
    assert metric.adjusted_score(labels, probabilities) > metric.score(labels, probabilities)


@pytest.mark.parametrize("name", NAMES)
def test_no_change_of_one_threshold_is_better(name: str) -> None:
    metric = get_metric(name)
    labels, probabilities = _predictions(0.4, 0.15)
    assert metric.adjustment is not None
    limits = metric.adjustment.fit(labels, probabilities)
    best = metric.score(labels, apply_thresholds(probabilities, limits))
    for place in range(2):
        for limit in np.arange(1, 20) / 20:
            tried = [*limits[:place], limit, *limits[place + 1 :]]
            assert metric.score(labels, apply_thresholds(probabilities, tried)) <= best + 1e-9


def test_where_every_row_has_a_class_the_best_one_is_named() -> None:
    metric = get_metric("sample_f1")
    labels, probabilities = _predictions(0.5, 0.3, 0.2)
    keep = labels.any(axis=1)
    assert metric.adjustment is not None
    numbers = metric.adjustment.fit(labels[keep], probabilities[keep])
    assert len(numbers) == 4 and numbers[3] == 0.0
    assert named(metric.adjust(np.full((2, 3), 1e-6, np.float32), numbers)).sum(axis=1).tolist() == [1, 1]


def test_a_rare_class_has_the_threshold_of_all() -> None:
    metric = get_metric("multilabel_macro_f1")
    assert metric.adjustment is not None
    labels, probabilities = _predictions(0.4, 0.2, 0.1)
    rare = np.zeros((ROWS, 4), np.uint8)
    rare[:3] = 1  # three rows each of four classes, which no threshold of their own should follow
    scores = np.random.default_rng(2).random((ROWS, 4)).astype(np.float32)
    limits = metric.adjustment.fit(np.hstack([labels, rare]), np.hstack([probabilities, scores]))[3:]
    assert len(limits) == 4 and len(set(limits)) == 1


def test_thresholds_that_do_not_help_are_not_used() -> None:
    labels, _ = _predictions(0.5, 0.3)
    certain = labels.astype(np.float32)
    metric = get_metric("sample_f1")
    assert metric.fit(labels, certain) == ()
    assert metric.cross_fit(labels, certain) is certain
