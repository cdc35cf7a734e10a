import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from kagglebot.metrics.confusion.balanced_accuracy import BALANCED_ACCURACY


def test_each_class_that_occurs_counts_the_same() -> None:
    labels = np.array([0] * 8 + [1, 1])
    probabilities = np.eye(3, dtype=np.float32)[[0] * 7 + [2, 0, 1]]
    assert BALANCED_ACCURACY.score(labels, probabilities) == pytest.approx((7 / 8 + 1 / 2) / 2)
    with pytest.warns(UserWarning, match="y_pred contains classes"):
        known = balanced_accuracy_score(labels, probabilities.argmax(axis=1))
    assert BALANCED_ACCURACY.score(labels, probabilities) == pytest.approx(known)
