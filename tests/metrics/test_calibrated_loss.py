import math

import numpy as np
import pytest
from numpy.typing import NDArray

from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.log_loss import row_losses

LABELS = np.array([0, 1, 2, 1])
RIGHT = np.eye(3, dtype=np.float32)[LABELS]
UNSURE = np.full((4, 3), 1 / 3, np.float32)


def test_the_overall_confidence_of_a_net_does_not_count() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(300, 3))
    labels = np.array([rng.choice(3, p=np.exp(2 * row) / np.exp(2 * row).sum()) for row in logits])

    def answer(sharpness: float, noise: float = 0.0) -> NDArray[np.float32]:
        powers = np.exp(sharpness * (logits + noise * np.random.default_rng(2).normal(size=logits.shape)))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    best = calibrated_losses(labels, answer(2)).mean()
    assert best == pytest.approx(row_losses(labels, answer(2)).mean(), rel=0.01)  # it was right about itself
    for sharpness in (0.5, 6):
        assert calibrated_losses(labels, answer(sharpness)).mean() == pytest.approx(best, rel=1e-3)
        assert row_losses(labels, answer(sharpness)).mean() > 1.1 * best
    assert calibrated_losses(labels, answer(2, noise=1)).mean() > 1.1 * best


def test_losses_of_perfect_uniform_and_wrong_probabilities_are_finite() -> None:
    assert calibrated_losses(LABELS, RIGHT).mean() == pytest.approx(0, abs=1e-6)
    assert calibrated_losses(LABELS, UNSURE).mean() == pytest.approx(math.log(3), rel=1e-6)
    assert np.isfinite(calibrated_losses(LABELS, np.roll(RIGHT, 1, axis=1))).all()
