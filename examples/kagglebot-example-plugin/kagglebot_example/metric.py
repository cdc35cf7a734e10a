"""A metric: balanced accuracy, the mean over the classes of the share of rows that are right."""

import numpy as np
from numpy.typing import NDArray

from kagglebot import Metric


def _score(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> float:
    right = probabilities.argmax(axis=1) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


BALANCED_ACCURACY = Metric("balanced_accuracy", _score, kaggle_names=("balancedaccuracy",))
