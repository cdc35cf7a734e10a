"""Class weights: the predicted class is the one whose probability times its weight is the largest.

The most probable class is the best one for accuracy only. Where every class counts the same, a rare one is worth
predicting at a lower probability. The weights are those with which the score of some rows is best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from kagglebot.metrics.metric import Adjustment, Labels, Probabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Rows of each class, ``(classes, n)``; or a score of each of ``n`` such columns, ``(n,)``.
Counts: TypeAlias = "NDArray[Any]"
#: Returns scores from the rows of each class that are right, that were predicted, and that are true.
Measure: TypeAlias = Callable[[Counts, Counts, Counts], Counts]

#: With more classes there are no weights: they would follow a row or two of each class.
_MOST_CLASSES = 200
#: Factors that the weight of a class is tried with; 1 is in their middle.
_FACTORS = tuple(2 ** (step / 4) for step in range(-6, 7))
#: Rounds through all classes: at most so many, and no more than rows and classes allow.
_ROUNDS, _WORK = 2, 40_000_000
#: Scores that differ by less are equal.
_EQUAL = 1e-12


def class_weights(measure: Measure) -> Adjustment:
    """Return class weights that are fitted to a score, and used where they improve that of other rows.

    Args:
        measure: Returns the scores of counts of rows; it must have an equal copy in another process.
    """
    return Adjustment("class weights", _Fit(measure), apply_weights, optional=True)


def apply_weights(probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
    """Return probabilities ``(n, classes)`` times the weight of their class; each row sums to 1."""
    import numpy as np

    weighted = probabilities * np.asarray(numbers)
    adjusted: Probabilities = (weighted / weighted.sum(axis=1, keepdims=True)).astype("float32")
    return adjusted


@dataclass(frozen=True)
class _Fit:
    measure: Measure

    def __call__(self, labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
        """Return the weight of each class; none with too many classes.

        It starts with equal weights, or some that grow as classes are rarer, and then takes the best weight of one
        class after the other (coordinate ascent).
        """
        import numpy as np

        rows, classes = probabilities.shape
        if classes > _MOST_CLASSES:
            return ()
        true = np.bincount(labels, minlength=classes)
        rarity = np.where(true > 0, rows / np.count_nonzero(true) / true.clip(1), 1.0)
        starts = [rarity**power for power in (0.0, 0.5, 1.0)]
        weights = max(starts, key=lambda each: self._score(labels, probabilities * each, true))
        for _ in range(min(_ROUNDS, _WORK // (rows * classes**2))):
            before = weights.copy()
            for each in np.flatnonzero(true):
                weights[each] *= self._best_factor(labels, probabilities * weights, true, int(each))
            if np.array_equal(weights, before):
                break
        return tuple(float(f"{each:.4g}") for each in weights)

    def _score(self, labels: Labels, weighted: "NDArray[np.float64]", true: Counts) -> float:
        import numpy as np

        chosen = weighted.argmax(axis=1)
        right, predicted = (np.bincount(each, minlength=len(true)) for each in (labels[chosen == labels], chosen))
        return float(self.measure(right[:, None], predicted[:, None], true[:, None])[0])

    def _best_factor(self, labels: Labels, weighted: "NDArray[np.float64]", true: Counts, one: int) -> float:
        """Return the factor of the weight of the class ``one`` with the best score, of equals that nearest to 1.

        Each row is of ``one`` from a factor on, and before of the best other class: its rival. So all factors are
        scored by counting rows once.
        """
        import numpy as np

        rows, (classes, steps) = np.arange(len(labels)), (len(true), len(_FACTORS))
        own = weighted[:, one].copy()
        weighted[:, one] = -1
        rival = weighted.argmax(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            begins = np.searchsorted(_FACTORS, weighted[rows, rival] / own, side="right")

        def taken(chosen: "NDArray[np.bool_]", group: "NDArray[np.int64]") -> Counts:
            """Count the chosen rows of each group that are of ``one`` at each factor: ``(classes, steps + 1)``."""
            places = group[chosen] * (steps + 1) + begins[chosen]
            counts = np.bincount(places, minlength=classes * (steps + 1))
            return np.asarray(counts.reshape(classes, steps + 1).cumsum(axis=1))

        of_rivals, right_of_rivals = taken(rows >= 0, rival), taken(labels == rival, rival)
        predicted, right = (each[:, -1:] - each[:, :-1] for each in (of_rivals, right_of_rivals))
        predicted[one] = of_rivals[:, :-1].sum(axis=0)
        right[one] = taken(labels == one, labels)[one, :-1]
        scores = self.measure(right, predicted, true[:, None])
        best = np.flatnonzero(scores >= scores.max() - _EQUAL)
        return _FACTORS[int(best[np.abs(best - steps // 2).argmin()])]
