import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.metrics.registry import get_metric, known_metrics

WEIGHTED = [
    each for each in known_metrics().values() if each.adjustment and each.adjustment.name == "class weights"
]


def made(rows: int, classes: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Classes of falling sizes, and the probabilities of a net that has learned how frequent they are."""
    rng = np.random.default_rng(seed)
    shares = 1.0 / np.arange(1, classes + 1) ** 1.5
    labels = rng.choice(classes, rows, p=shares / shares.sum())
    labels[:classes] = np.arange(classes)
    logits = rng.normal(size=(rows, classes)) + 2 * np.eye(classes)[labels] + np.log(shares)
    powers = np.exp(logits)
    return labels, np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def test_there_are_weights_for_all_measures_of_unequal_classes() -> None:
    names = {each.name for each in WEIGHTED}
    assert {"balanced_accuracy", "macro_f1", "macro_f2", "macro_f0.5", "weighted_f1", "mcc"} <= names


@pytest.mark.parametrize("metric", WEIGHTED, ids=lambda metric: metric.name)
def test_counts_are_scored_as_the_rows_are(metric: object) -> None:
    labels, probabilities = made(300, 5)
    said = probabilities.argmax(axis=1)
    counts = [np.bincount(each, minlength=5)[:, None] for each in (labels[said == labels], said, labels)]
    assert metric.adjustment.fit.measure(*counts)[0] == pytest.approx(metric.score(labels, probabilities))


@pytest.mark.parametrize("metric", WEIGHTED, ids=lambda metric: metric.name)
def test_weights_raise_the_score_of_rows_that_they_were_not_fitted_to(metric: object) -> None:
    (labels, probabilities), (others, of_others) = made(1500, 6), made(1500, 6, seed=1)
    weights = metric.fit(labels, probabilities)
    assert len(weights) == 6
    adjusted = metric.adjust(of_others, weights)
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, rtol=1e-5)
    assert metric.score(others, adjusted) > metric.score(others, of_others)
    said = metric.score(labels, probabilities), metric.adjusted_score(labels, probabilities)
    assert said[0] < said[1] < metric.score(labels, metric.adjust(probabilities, weights)) + 0.01


def test_the_best_weight_of_two_classes_is_found() -> None:
    labels, probabilities = made(200, 2)
    metric = get_metric("macro_f1")
    best = max(
        metric.score(labels, metric.adjust(probabilities, (1.0, float(weight))))
        for weight in np.geomspace(0.05, 20, 40)
    )
    fitted = metric.score(labels, metric.adjust(probabilities, metric.adjustment.fit(labels, probabilities)))
    assert fitted > best - 0.02


def test_what_no_weight_improves_is_left_as_it_is() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(4), 50)
    right = np.eye(4, dtype=np.float32)[labels] * 0.9 + 0.025
    metric = get_metric("macro_f1")
    assert metric.fit(labels, right) == ()
    assert metric.cross_fit(labels, right) is right
    noise = rng.dirichlet(np.ones(4), len(labels)).astype(np.float32)
    assert metric.adjusted_score(labels, noise) >= metric.score(labels, noise)


def test_few_rows_and_many_classes_have_none() -> None:
    labels, probabilities = made(9, 3)
    assert get_metric("macro_f1").fit(labels, probabilities) == ()
    labels, probabilities = made(600, 300)
    assert get_metric("macro_f1").fit(labels, probabilities) == ()


def test_no_row_has_a_part_in_its_own_decision() -> None:
    labels, probabilities = made(600, 4)
    metric = get_metric("balanced_accuracy")
    before = metric.cross_fit(labels, probabilities)
    assert before is not probabilities
    for row, other in itertools.product(range(3), range(4)):
        changed = labels.copy()
        changed[row] = other
        np.testing.assert_array_equal(metric.cross_fit(changed, probabilities)[row], before[row])
