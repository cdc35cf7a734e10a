import math

import numpy as np
import pytest

from kagglebot.metrics.auc import AUC


def test_auc_by_hand() -> None:
    rows = np.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.2, 0.8]], np.float32)
    assert AUC.score(np.array([0, 0, 1, 1]), rows) == pytest.approx(0.75)


def test_auc_of_one_class_is_no_number() -> None:
    assert math.isnan(AUC.score(np.array([1, 1]), np.array([[0.5, 0.5], [0.1, 0.9]], np.float32)))
    assert AUC.needs_two_classes
