import math

import numpy as np
import pytest

from kagglebot.metrics.log_loss import LOG_LOSS, WEIGHTED_LOG_LOSS, row_losses

RNG = np.random.default_rng(1)
LOGITS = RNG.normal(size=(400, 3))
LABELS = np.array([RNG.choice(3, p=np.exp(2 * row) / np.exp(2 * row).sum()) for row in LOGITS])


def net(sharpness: float) -> np.ndarray:
    """Probabilities that are right at a sharpness of 2."""
    powers = np.exp(sharpness * LOGITS)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def test_log_loss_by_hand_and_of_a_certain_mistake() -> None:
    rows = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], np.float32)
    assert LOG_LOSS.score(np.array([0, 1]), rows) == pytest.approx(math.log(2))
    mistake = np.array([[0, 1, 0]], np.float32)
    assert math.isfinite(LOG_LOSS.score(np.array([0]), mistake))
    assert row_losses(np.array([0]), mistake) == pytest.approx(16.1, abs=0.1)


@pytest.mark.parametrize("sharpness", [0.8, 2.0, 5.0])
def test_probabilities_are_brought_to_the_best_temperature(sharpness: float) -> None:
    probabilities = net(sharpness)
    temperature, least = numbers = LOG_LOSS.fit(LABELS, probabilities)
    assert least == 0.1 / 400
    assert temperature == pytest.approx(sharpness / 2, rel=0.2)
    adjusted = LOG_LOSS.adjust(probabilities, numbers)
    assert adjusted.dtype == np.float32
    np.testing.assert_allclose(adjusted, net(sharpness / temperature), atol=1e-4)
    np.testing.assert_array_equal(LOG_LOSS.adjust(probabilities, ()), probabilities)


def test_rows_are_not_scored_by_a_temperature_that_was_fitted_to_them() -> None:
    probabilities = net(5)
    raw, honest = LOG_LOSS.score(LABELS, probabilities), LOG_LOSS.adjusted_score(LABELS, probabilities)
    fitted = LOG_LOSS.score(LABELS, LOG_LOSS.adjust(probabilities, LOG_LOSS.fit(LABELS, probabilities)))
    assert fitted < honest < 0.8 * raw
    others = LABELS.copy()
    others[0] = (LABELS[0] + 1) % 3
    before, after = (LOG_LOSS.cross_fit(labels, probabilities) for labels in (LABELS, others))
    np.testing.assert_array_equal(before[0], after[0])
    assert (before != after).any()


def test_a_few_right_rows_do_not_make_a_net_certain() -> None:
    sure = np.full((20, 2), (0.9, 0.1), np.float32)
    temperature, least = LOG_LOSS.fit(np.zeros(20, np.int64), sure)
    assert 0.4 < temperature < 1
    certain = np.array([[1, 0]], np.float32)
    assert LOG_LOSS.adjust(certain, (1.0, least))[0, 1] == pytest.approx(0.005, rel=0.01)
    np.testing.assert_allclose(LOG_LOSS.adjust(certain, (1.0,)), certain, atol=1e-6)
    few = sure[:9]
    np.testing.assert_array_equal(LOG_LOSS.cross_fit(np.zeros(9, np.int64), few), few)


def test_in_weighted_log_loss_each_class_counts_the_same() -> None:
    labels = np.array([0, 0, 0, 2])
    rows = np.array([[0.5, 0.25, 0.25]] * 3 + [[0.25, 0.25, 0.5]], np.float32)
    rows[2] = (0.25, 0.5, 0.25)
    wanted = ((math.log(2) * 2 + math.log(4)) / 3 + math.log(2)) / 2
    assert WEIGHTED_LOG_LOSS.score(labels, rows) == pytest.approx(wanted)


def test_rare_classes_get_more_of_the_probability_for_weighted_log_loss() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 900, p=[0.8, 0.15, 0.05])
    logits = rng.normal(size=(900, 3)) + np.eye(3)[labels] + np.log([0.8, 0.15, 0.05])
    probabilities = np.asarray(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), np.float32)
    _, least, *weights = numbers = WEIGHTED_LOG_LOSS.fit(labels, probabilities)
    assert least == 0.1 / 900
    assert weights == sorted(weights) and weights[2] > 5 * weights[0]
    honest = WEIGHTED_LOG_LOSS.adjusted_score(labels, probabilities)
    assert honest < 0.9 * WEIGHTED_LOG_LOSS.score(labels, probabilities)
    adjusted = WEIGHTED_LOG_LOSS.adjust(probabilities, numbers)
    np.testing.assert_allclose(adjusted.sum(axis=1), 1, rtol=1e-5)
    assert LOG_LOSS.score(labels, adjusted) > LOG_LOSS.score(labels, probabilities)
