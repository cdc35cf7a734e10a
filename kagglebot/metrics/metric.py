"""A metric: its names, which way is better, what it needs, and how it is computed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# In quotes, as the command line needs the names of metrics and not NumPy.
#: ``(n,)`` int64 class indices; ``(n, classes)`` of 0 and 1 where a row may have several classes.
Labels: TypeAlias = "NDArray[Any]"
Probabilities: TypeAlias = "NDArray[np.float32]"  #: ``(n, classes)``
#: ``(n,)`` int64, the group of each row, such as a patient; None where each row is one of its own.
Groups: TypeAlias = "NDArray[np.int64] | None"
RowScores: TypeAlias = "NDArray[np.float64]"  #: ``(n,)``

#: What a row of a submission holds: a class, several of them best first, the set of an image's classes, the
#: probability of one class, or in a column for each class its probability, or a mark of 0 or 1.
PredictionKind = Literal["label", "labels", "set", "probability", "probabilities", "marks"]


@dataclass(frozen=True)
class Adjustment:
    """How class probabilities are adjusted to a metric, by numbers that are fitted to out-of-fold predictions.

    Attributes:
        name: What the numbers are, such as "temperature".
        fit: Returns the numbers for true classes ``(n,)`` and probabilities ``(n, classes)``.
        apply: Returns probabilities ``(n, classes)`` adjusted by the numbers; their rows sum to 1 if they did.
        optional: Whether it is used only where it improves the score of rows that it was not fitted to.
    """

    name: str
    fit: Callable[[Labels, Probabilities], tuple[float, ...]]
    apply: Callable[[Probabilities, Sequence[float]], Probabilities]
    optional: bool = False


#: Share of scores that are more than a standard error from the score on all possible rows.
_BEYOND = math.erfc(math.sqrt(0.5))


def least_error(rows: int) -> float:
    """Return the least standard error of a proportion of ``rows`` rows.

    Where no row is wrong, as where all are, the error of a binomial proportion is 0, as if other rows were sure to
    be like these. The "rule of three" (Hanley & Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031) asks
    instead how large the share of wrong rows can be so that none is seen as often as a score is more than a
    standard error off: 1.15 of the rows. So the difference between none wrong and one is chance.
    """
    return float(1 - _BEYOND ** (1 / max(1, rows)))


def defined(score: float) -> float | None:
    """Return a score; None in place of NaN, where the metric is not defined for the rows."""
    return None if math.isnan(score) else score


@dataclass(frozen=True)
class Metric:
    """A metric that competitions are scored by.

    Attributes:
        name: kagglebot's name for it, such as ``log_loss``.
        score: Returns the score of class probabilities ``(n, classes)``, whose rows sum to 1, for the true classes
            ``(n,)``; NaN where it has no meaning. Classes that no row has must not count.
        kaggle_names: Kaggle's name contains one of these: all its words, in any order. They are of lower-case
            letters, digits and ``@``; ``#`` stands for a number. See ``registry.match_metric``.
        display_name: The name for people; without, ``name`` with spaces for underscores.
        minimise: Whether a lower score is better.
        row_scores: Returns the score of each row ``(n,)``, for the same arguments; None where the score is not the
            mean over rows.
        needs_probabilities: Whether submissions hold probabilities, not classes.
        needs_two_classes: Whether the score has no meaning where all rows are of one class.
        is_proportion: Whether the score is the share of rows that are right, or wrong.
        rewards_calibration: Whether the size of each probability counts, as in log loss: Kaggle divides each row
            by its sum, and submissions keep away from 0 and 1 by ``log_loss.EPSILON``.
        adjustment: How probabilities are adjusted before they are submitted; None where they are not.
        labels_a_row: How many classes a row of a submission names, best first; 0 for as many as in the sample.
        several: Whether it scores rows of several classes: then labels are ``(n, classes)`` of 0 and 1, and
            probabilities need not sum to 1; of those from 0.5 on, a row has the class.
        of_number: Returns the metric for a number, such as ``map@5`` for 5, where ``name`` has ``k`` in its place.

    Example:
        >>> from kagglebot import Metric
        >>> error = Metric("error", lambda labels, p: float((p.argmax(1) != labels).mean()), minimise=True)
        >>> error.better(0.1, 0.2), error.best([0.3, 0.1, 0.2])
        (True, 1)
    """

    name: str
    score: Callable[[Labels, Probabilities], float]
    kaggle_names: tuple[str, ...] = ()
    display_name: str = ""
    minimise: bool = False
    row_scores: Callable[[Labels, Probabilities], RowScores] | None = None
    needs_probabilities: bool = False
    needs_two_classes: bool = False
    is_proportion: bool = False
    rewards_calibration: bool = False
    adjustment: Adjustment | None = None
    labels_a_row: int = 1
    several: bool = False
    of_number: "Callable[[int], Metric] | None" = None

    @property
    def text(self) -> str:
        """The name for people: "log loss", "AUC"."""
        return self.display_name or self.name.replace("_", " ")

    def better(self, score: float, other: float) -> bool:
        """Return whether ``score`` is better than ``other``; NaN is worse than any number."""
        return self._rank(score) > self._rank(other)

    def _rank(self, score: float) -> tuple[bool, float]:
        return not math.isnan(score), -score if self.minimise else score

    def best(self, scores: Sequence[float]) -> int:
        """Return the index of the best score, the first of equals.

        Raises:
            ValueError: There are none.
        """
        return max(range(len(scores)), key=lambda index: self._rank(scores[index]))

    def gain(self, score: float, other: float) -> float:
        """Return by how much ``score`` is better than ``other``; negative where it is worse."""
        return other - score if self.minimise else score - other

    def fit(self, labels: Labels, probabilities: Probabilities, groups: Groups = None) -> tuple[float, ...]:
        """Return the numbers to adjust further probabilities by; none where the metric has no adjustment.

        Nor are there any where it is optional and does not help.
        """
        if self.adjustment is None:
            return ()
        if self.adjustment.optional and self.cross_fit(labels, probabilities, groups) is probabilities:
            return ()
        return self.adjustment.fit(labels, probabilities)

    def adjust(self, probabilities: Probabilities, numbers: Sequence[float]) -> Probabilities:
        """Return probabilities adjusted by the numbers that ``fit`` returned; as they are without any."""
        return self.adjustment.apply(probabilities, numbers) if self.adjustment and len(numbers) else probabilities

    def cross_fit(self, labels: Labels, probabilities: Probabilities, groups: Groups = None) -> Probabilities:
        """Return probabilities of which each row is adjusted by what was fitted to other rows, of other groups.

        So their score is no better than that of new rows will be. The same array is returned where there is no
        adjustment, there are too few rows or groups, or it is optional and the score does not improve.
        """
        if self.adjustment is None:
            return probabilities
        import numpy as np

        from kagglebot.metrics.left_out_parts import left_out_parts

        parts, adjusted = left_out_parts(len(labels), groups), np.empty_like(probabilities)
        if not parts:
            return probabilities
        for part in parts:
            numbers = self.adjustment.fit(labels[~part], probabilities[~part])
            adjusted[part] = self.adjust(probabilities[part], numbers)
        if self.adjustment.optional and not self._improves(labels, adjusted, probabilities):
            return probabilities
        return adjusted

    def _improves(self, labels: Labels, new: Probabilities, old: Probabilities) -> bool:
        return self.better(self.score(labels, new), self.score(labels, old))

    def adjusted_score(self, labels: Labels, probabilities: Probabilities, groups: Groups = None) -> float:
        """Return the score of out-of-fold predictions once they are adjusted; see ``cross_fit``."""
        return self.score(labels, self.cross_fit(labels, probabilities, groups))

    def standard_error(self, score: float, rows: int) -> float | None:
        """Return the standard error of a score on ``rows`` rows; None where it does not follow from these.

        It is that of a binomial proportion, but at least ``least_error``.
        """
        if not self.is_proportion:
            return None
        return max(math.sqrt(max(0.0, score * (1 - score)) / max(1, rows)), least_error(rows))
