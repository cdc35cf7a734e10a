"""Quadratic weighted kappa: agreement of ordered classes beyond chance, far mistakes counting more.

A mistake costs the square of how many grades it is off, so the expected grade decides, by thresholds between the
grades, and not the most probable one.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kagglebot.metrics.metric import Adjustment, Labels, Metric, Probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Candidates for a threshold lie so many to a grade.
_CANDIDATES = 20
#: Most rounds through all thresholds.
_ROUNDS = 20
#: Scores that differ by less are equal.
_EQUAL = 1e-12


def fit_thresholds(labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
    """Return the thresholds between the expected grades, rising, with which kappa of these rows is best.

    They start half way between the grades; then the best place of one after the other is taken (coordinate
    ascent). The predicted grade of a row is the number of thresholds that its expected grade reaches. So all sums
    in kappa are sums over the thresholds of what lies above each, and are known for every candidate at once.
    """
    import numpy as np

    rows, classes = probabilities.shape
    grades = _expected_grades(probabilities)
    order = np.argsort(grades, kind="stable")
    candidates = np.arange(1, _CANDIDATES * (classes - 1)) / _CANDIDATES
    below = np.searchsorted(grades[order], candidates)
    # What lies above each candidate: rows, and the sum of their labels.
    above, labels_above = rows - below, labels.sum() - np.concatenate([[0], labels[order].cumsum()])[below]
    steps = 2 * np.arange(1, classes) - 1  # from the square of each grade to the next
    squares = (labels**2).sum()
    chosen = _CANDIDATES * np.arange(1, classes) - _CANDIDATES // 2 - 1
    for _ in range(_ROUNDS):
        before = chosen.copy()
        for place, step in enumerate(steps):
            first = chosen[place - 1] if place else 0
            last = chosen[place + 1] if place < classes - 2 else len(candidates) - 1
            tried, now = np.arange(first, last + 1), chosen[place]
            total = above[chosen].sum() + above[tried] - above[now]
            total_squares = (steps * above[chosen]).sum() + step * (above[tried] - above[now])
            products = labels_above[chosen].sum() + labels_above[tried] - labels_above[now]
            by_chance = squares + total_squares - 2 * labels.sum() * total / rows
            scores = 1 - (squares + total_squares - 2 * products) / by_chance.clip(_EQUAL)
            best = tried[scores >= scores.max() - _EQUAL]
            chosen[place] = best[len(best) // 2]  # in the middle of a gap between rows
        if np.array_equal(chosen, before):
            break
    return tuple(candidates[chosen].tolist())


def apply_thresholds(probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
    """Return a probability of 1 ``(n, classes)`` for the grade that the thresholds give each row."""
    import numpy as np

    grades = np.searchsorted(numbers, _expected_grades(probabilities), side="right")
    return np.eye(probabilities.shape[1], dtype=np.float32)[grades]


def _expected_grades(probabilities: Probabilities) -> "NDArray[np.float64]":
    import numpy as np

    return np.asarray(probabilities.astype(np.float64) @ np.arange(probabilities.shape[1]))


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import cohen_kappa_score

    classes, grades = list(range(probabilities.shape[1])), probabilities.argmax(axis=1)
    if len({*labels.tolist(), *grades.tolist()}) < 2:  # scikit-learn warns
        return math.nan
    return float(cohen_kappa_score(labels, grades, labels=classes, weights="quadratic"))


KAPPA = Metric(
    "kappa",
    _score,
    kaggle_names=("kappa", "weighted kappa", "qwk"),
    needs_two_classes=True,
    adjustment=Adjustment("thresholds", fit_thresholds, apply_thresholds, optional=True),
)
