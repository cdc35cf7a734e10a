"""Thresholds: a row is of each class whose probability reaches the threshold of that class.

A rare class is worth naming at a lower probability than a frequent one. The thresholds are those with which the
F-measure of some rows is best. Adjusted probabilities are from 0.5 on where the class is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kagglebot.metrics.metric import Adjustment, Labels, Probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Averages of an F-measure: of the rows, of all rows and classes at once, or of the classes.
Average = Literal["sample", "micro", "macro"]
Counts: TypeAlias = "NDArray[Any]"

#: A class is named from this adjusted probability on.
NAMED = 0.5
_CANDIDATES = (0.01, 0.02, 0.03, *(step / 20 for step in range(1, 20)), 0.97)
#: A class of fewer rows has the threshold that is best for all; so has every class where there are very many.
_LEAST_ROWS, _MOST_CLASSES = 5, 200
#: Most rounds through all classes. Rows times classes times classes, or candidates: of more, some rows are used.
_ROUNDS, _WORK = 2, 400_000_000
#: Scores that differ by less are equal.
_EQUAL = 1e-12


def named(probabilities: Probabilities) -> "NDArray[np.bool_]":
    """Return which classes each row is of, ``(n, classes)``."""
    chosen: NDArray[np.bool_] = probabilities >= NAMED
    return chosen


def f_scores(beta: float, right: Counts, predicted: Counts, true: Counts) -> Counts:
    """Return F-beta of counts of classes: named rightly, named, and true; 0 where there are none."""
    scores: Counts = (1 + beta**2) * right / (beta**2 * true + predicted).clip(1e-9)
    return scores


def thresholds(beta: float, average: Average) -> Adjustment:
    """Return thresholds that are fitted to an F-measure, and used where they improve that of other rows."""
    return Adjustment("thresholds", _Fit(beta, average), apply_thresholds, optional=True)


def apply_thresholds(probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
    """Return probabilities ``(n, classes)`` that are from ``NAMED`` on where they reached their threshold.

    The odds of each are divided by the odds of its threshold. A number after those of the classes, 0, is the
    threshold of the most probable class of a row, where every row is of a class.
    """
    import numpy as np

    limits, every = numbers[: probabilities.shape[1]], numbers[probabilities.shape[1] :]
    own, limit = probabilities.astype(np.float64), np.asarray(limits)
    yes, no = own * (1 - limit), limit * (1 - own)
    adjusted: Probabilities = (yes / (yes + no)).astype(np.float32)
    if every:
        rows, best = np.arange(len(adjusted)), adjusted.argmax(axis=1)
        adjusted[rows, best] = adjusted[rows, best].clip(NAMED)
    return adjusted


@dataclass(frozen=True)
class _Fit:
    beta: float
    average: Average

    def __call__(self, labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
        """Return the threshold of each class, and 0 after them where every row has a class.

        First the best threshold for all classes is taken, then the best of one class after the other (coordinate
        ascent).
        """
        import numpy as np

        rows, classes = probabilities.shape
        step = 1 + rows * classes * max(min(classes, _MOST_CLASSES), len(_CANDIDATES)) // _WORK
        true, probabilities = labels[::step].astype(bool), probabilities[::step]
        together = [self._score(true, probabilities >= limit) for limit in _CANDIDATES]
        limits = np.full(classes, _CANDIDATES[_best(together, near=_CANDIDATES.index(NAMED))])
        often = np.flatnonzero(true.sum(axis=0) >= _LEAST_ROWS)
        chosen = probabilities >= limits
        for _ in range(_ROUNDS if classes <= _MOST_CLASSES else 0):
            before = limits.copy()
            for one in often:
                scores = self._scores_of(true, chosen, probabilities[:, one], int(one))
                limits[one] = _CANDIDATES[_best(scores, near=_CANDIDATES.index(limits[one]))]
                chosen[:, one] = probabilities[:, one] >= limits[one]
            if np.array_equal(limits, before):
                break
        return (*limits.tolist(), *([0.0] if labels.any(axis=1).all() else []))

    def _score(self, true: Counts, chosen: Counts) -> float:
        return f_measure(self.beta, self.average, true, chosen)

    def _scores_of(self, true: Counts, chosen: Counts, own: Counts, one: int) -> Counts:
        """Return the score at each candidate for the threshold of the class ``one``, the others as they are."""
        import numpy as np

        named_now = own[:, None] >= np.asarray(_CANDIDATES)  # (rows, candidates)
        right_now = named_now & true[:, one, None]
        hit = chosen & true
        right, predicted, total = (each.sum(axis=1) for each in (hit, chosen, true))
        right, predicted = right - hit[:, one], predicted - chosen[:, one]  # of the other classes
        if self.average != "sample":
            named_now, right_now = named_now.sum(axis=0)[None], right_now.sum(axis=0)[None]
            right, predicted, total = right.sum()[None], predicted.sum()[None], total.sum()[None]
        if self.average == "macro":
            right, predicted, total = right * 0, predicted * 0, true[:, one].sum()[None]
        scores: Counts = f_scores(
            self.beta, right[:, None] + right_now, predicted[:, None] + named_now, total[:, None]
        ).mean(axis=0)
        return scores


def f_measure(beta: float, average: Average, true: Counts, chosen: Counts) -> float:
    """Return an F-measure of the true and the named classes of rows, both ``(n, classes)`` bool."""
    axis = {"sample": 1, "micro": None, "macro": 0}[average]
    right, predicted, total = (each.sum(axis=axis) for each in (true & chosen, chosen, true))
    scores = f_scores(beta, right, predicted, total)
    if average == "macro":
        scores = scores[predicted + total > 0]  # a class that no row has must not count
    return float(scores.mean()) if scores.size else 0.0


def _best(scores: "Sequence[float] | Counts", *, near: int) -> int:
    """Return the index of the best score, of equals the one nearest to ``near``."""
    import numpy as np

    found = np.flatnonzero(np.asarray(scores) >= np.max(scores) - _EQUAL)
    return int(found[np.abs(found - near).argmin()])
