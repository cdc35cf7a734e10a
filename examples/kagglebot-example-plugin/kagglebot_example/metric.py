"""A metric: the geometric mean over the classes of the share of rows that are right."""

import numpy as np
from numpy.typing import NDArray

from kagglebot import Metric


def _score(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> float:
    right = probabilities.argmax(axis=1) == labels
    shares = [right[labels == label].mean() for label in np.unique(labels)]
    return float(np.prod(shares) ** (1 / len(shares)))


GEOMETRIC_MEAN = Metric("geometric_mean", _score, kaggle_names=("geometric mean",))
