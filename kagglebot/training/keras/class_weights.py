"""The weights of classes in the loss, for classes in unequal numbers."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.training.learner import Labels
from kagglebot.training.settings import ClassWeights

#: The power of a class's number of rows that its weight falls with.
_POWERS = {"balanced": 1.0, "root": 0.5}


def class_weights(kind: ClassWeights, labels: Labels, classes: int) -> NDArray[np.float32] | None:
    """Return the weight of each class, ``(classes,)``: the mean over the rows is 1.

    Args:
        kind: "balanced" gives every class the same share of the loss, "root" goes half the way.
        labels: ``(n,)`` class indices of the training rows.
        classes: Number of classes. One without rows gets the weight 0.

    Returns:
        None for "none".
    """
    if kind == "none":
        return None
    counts = np.bincount(labels, minlength=classes)
    weights = np.where(counts, np.maximum(counts, 1) ** -_POWERS[kind], 0.0)
    return (weights * (len(labels) / (weights @ counts))).astype(np.float32)
