"""Selection of the members of an ensemble: greedy forward selection with replacement (Caruana et al. 2004).

Members are added one at a time: the trial that makes the mean of all out-of-fold predictions best. A trial may be
added again, which gives it more weight. The score of the ensemble on the same rows is a little better than it will
be elsewhere, as its members were selected on them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.ranking import Measured, rank
from kagglebot.metrics.registry import get_metric
from kagglebot.training.standard_error import adjusted_error


@dataclass(frozen=True)
class Selection:
    """The members of an ensemble."""

    #: How often each trial was added, by its number, in the order of their first addition.
    weights: Mapping[int, int]
    scores: tuple[float, ...]  #: ``scores[n]`` is the validation score of the first ``n + 1`` members together.
    #: Numbers that the mean of all members is adjusted by; see ``Metric.fit``.
    adjustment: tuple[float, ...] = ()


def select(
    metric: str,
    labels: NDArray[np.int64],
    predictions: Mapping[int, NDArray[np.float32]],
    members: int,
    groups: Groups = None,
) -> Selection:
    """Select ``members`` trials, some of them perhaps more than once.

    The best third is added first, so that one lucky trial does not decide all that follow. Candidates whose scores
    do not differ by more than the standard error are compared by log loss, then by number.

    Args:
        metric: Name of the competition's metric; which way is better stands in ``metrics.registry``.
        labels: ``(n,)`` the true classes of the rows.
        predictions: Class probabilities ``(n, classes)`` of each trial for the same rows, by its number.
        members: Number of members, at least 1.
        groups: ``(n,)`` int64, the group of each row; None where each is one of its own.

    Raises:
        ValueError: There are no trials.
    """
    if not predictions:
        raise ValueError("there are no trials to select from")
    ranked = _ranked(metric, labels, predictions, groups)
    first = ranked[: math.ceil(members / 3)]
    weights: dict[int, int] = {}
    scores: list[float] = []
    total = np.zeros_like(predictions[ranked[0]], dtype=np.float64)
    for position in range(members):
        sums = {number: total + each for number, each in predictions.items()}
        taken = first[position] if position < len(first) else _ranked(metric, labels, sums, groups)[0]
        total += predictions[taken]
        weights[taken] = weights.get(taken, 0) + 1
        scores.append(get_metric(metric).adjusted_score(labels, _mean(total)))
    return Selection(weights, tuple(scores), get_metric(metric).fit(labels, _mean(total)))


def _ranked(
    metric: str, labels: NDArray[np.int64], sums: Mapping[int, NDArray[np.floating]], groups: Groups
) -> list[int]:
    """Return the numbers of the candidates, best first; ``sums`` are their probabilities up to a factor."""
    measure, numbers = get_metric(metric), sorted(sums)
    models = []
    for mean in (_mean(sums[number]) for number in numbers):
        adjusted, loss = measure.cross_fit(labels, mean), calibrated_losses(labels, mean).mean()
        error = adjusted_error(measure, labels, adjusted, groups) if measure.is_proportion else None
        models.append(Measured(measure.score(labels, adjusted), error, float(loss)))
    return [numbers[index] for index in rank(measure, models)]


def _mean(total: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(total / total.sum(axis=1, keepdims=True), np.float32)
