"""Selection of the members of an ensemble: greedy forward selection with replacement (Caruana et al. 2004).

Members are added one at a time: the trial that makes the mean of all out-of-fold predictions best. A trial may be
added again, which gives it more weight. On the rows that they were selected by the members score better than they
will elsewhere, so the score of an ensemble is that of selections without the rows that are scored.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.ranking import Measured, rank
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.choice.choice_score import choice_scores
from kagglebot.training.scoring.standard_error import adjusted_error, groups_of


@dataclass(frozen=True)
class Selection:
    """The members of an ensemble."""

    #: How often each trial was added, by its number, in the order of their first addition.
    weights: Mapping[int, int]
    scores: tuple[float, ...]  #: ``scores[n]`` is the score of ``n + 1`` members together; see ``choice_scores``.
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

    def choose(rows: NDArray[np.bool_]) -> list[int]:
        known = {number: each[rows] for number, each in predictions.items()}
        return _order(metric, labels[rows], known, members, groups_of(groups, np.flatnonzero(rows)))

    measure, order = get_metric(metric), _order(metric, labels, predictions, members, groups)
    mean = np.mean([predictions[number] for number in order], axis=0)
    scores = choice_scores(measure, labels, predictions, choose, groups)
    return Selection(Counter(order), scores, measure.fit(labels, mean, groups))


def _order(
    metric: str,
    labels: NDArray[np.int64],
    predictions: Mapping[int, NDArray[np.float32]],
    members: int,
    groups: Groups,
) -> list[int]:
    """Return the numbers of the members in the order in which they are added."""
    ranked = _ranked(metric, labels, predictions, groups)
    order = ranked[: math.ceil(members / 3)]
    total = np.sum([predictions[number] for number in order], axis=0, dtype=np.float64)
    while len(order) < members:
        count = len(order) + 1
        means = {number: ((total + each) / count).astype(np.float32) for number, each in predictions.items()}
        order.append(_ranked(metric, labels, means, groups)[0])
        total += predictions[order[-1]]
    return order


def _ranked(
    metric: str, labels: NDArray[np.int64], predictions: Mapping[int, NDArray[np.float32]], groups: Groups
) -> list[int]:
    """Return the numbers of the candidates, best first."""
    measure, numbers = get_metric(metric), sorted(predictions)
    models = []
    for each in (predictions[number] for number in numbers):
        adjusted, loss = measure.cross_fit(labels, each, groups), calibrated_losses(labels, each).mean()
        error = adjusted_error(measure, labels, adjusted, groups) if measure.is_proportion else None
        models.append(Measured(measure.score(labels, adjusted), error, float(loss)))
    return [numbers[index] for index in rank(measure, models)]
