"""What a competition scores by; higher is better for each."""

import numpy as np
from numpy.typing import NDArray

METRICS = ("accuracy",)


def score(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> float:
    """Score class probabilities ``(n, classes)`` against class indices ``(n,)``."""
    if metric != "accuracy":
        raise ValueError(f"unknown metric {metric!r}")
    return float((probabilities.argmax(axis=1) == labels).mean())
