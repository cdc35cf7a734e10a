import numpy as np

from kagglebot.metrics.kappa import KAPPA


def test_kappa_counts_how_far_off_an_answer_is() -> None:
    labels = np.array([0, 1, 2, 1])
    near = np.eye(3, dtype=np.float32)[[0, 1, 1, 1]]
    far = np.eye(3, dtype=np.float32)[[0, 1, 0, 1]]
    assert KAPPA.score(labels, near) > KAPPA.score(labels, far)
