"""A metric: balanced accuracy, the mean over the classes of the share of rows that are right."""

from typing import TYPE_CHECKING

from kagglebot.metrics.metric import Metric

if TYPE_CHECKING:
    from kagglebot.metrics.metric import Labels, Probabilities


def _score(labels: "Labels", probabilities: "Probabilities") -> float:
    import numpy as np

    right = probabilities.argmax(axis=1) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


BALANCED_ACCURACY = Metric("balanced_accuracy", _score, kaggle_names=("balancedaccuracy",))
