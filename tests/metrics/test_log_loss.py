import math

import numpy as np
import pytest

from kagglebot.metrics.log_loss import LOG_LOSS, row_losses


def test_log_loss_by_hand_and_of_a_certain_mistake() -> None:
    rows = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], np.float32)
    assert LOG_LOSS.score(np.array([0, 1]), rows) == pytest.approx(math.log(2))
    mistake = np.array([[0, 1, 0]], np.float32)
    assert math.isfinite(LOG_LOSS.score(np.array([0]), mistake))
    assert row_losses(np.array([0]), mistake) == pytest.approx(16.1, abs=0.1)
