"""The weights of classes in the loss, for classes in unequal numbers."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.training.learner import Labels
from kagglebot.training.settings import ClassWeights

#: The power of a class's number of rows that its weight falls with.
_POWERS = {"balanced": 1.0, "root": 0.5}


def class_weights(kind: ClassWeights, labels: Labels, classes: int) -> NDArray[np.float32] | None:
    """Return the weight of each class, ``(classes,)``: the mean over the rows, or over all labels, is 1.

    Args:
        kind: "balanced" gives every class the same share of the loss, "root" goes half the way.
        labels: ``(n,)`` class indices of the training rows; or ``(n, classes)`` of 0 and 1, and the weights are
            those of the classes that an image has.
        classes: Number of classes. One without rows gets the weight 0.

    Returns:
        None for "none".
    """
    if kind == "none":
        return None
    counts = labels.sum(axis=0, dtype=np.int64) if labels.ndim == 2 else np.bincount(labels, minlength=classes)
    weights = np.where(counts, np.maximum(counts, 1) ** -_POWERS[kind], 0.0)
    return np.asarray(weights * (counts.sum() / max(weights @ counts, 1e-9)), np.float32)
