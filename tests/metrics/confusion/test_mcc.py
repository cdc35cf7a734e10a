import numpy as np
import pytest

from kagglebot.metrics.confusion.mcc import MCC


def test_mcc_of_two_classes_by_hand() -> None:
    labels = np.array([1] * 6 + [0] * 4)
    probabilities = np.eye(2, dtype=np.float32)[[1] * 5 + [0] + [0] * 3 + [1]]
    assert MCC.score(labels, probabilities) == pytest.approx((5 * 3 - 1 * 1) / (6 * 6 * 4 * 4) ** 0.5)


def test_one_answer_for_all_is_chance() -> None:
    assert MCC.score(np.array([0, 1, 2, 1]), np.eye(3, dtype=np.float32)[[1, 1, 1, 1]]) == 0
    assert MCC.needs_two_classes
