"""The order of models: by score where it differs beyond chance, else by log loss at the best temperature.

Scores on some thousand rows differ by chance: of 5,000 rows, 20 wrong or 23 is one net as well as two. Log loss is
of all rows, not only of those few, and says more about which of such nets has learned better. Of one net at
several ages the oldest is taken: with more epochs more digits are told right, and their log loss hardly moves.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kagglebot.metrics.metric import Metric


@dataclass(frozen=True)
class Measured:
    """What a model is ranked by; all of it measured on the same rows as the others.

    Attributes:
        score: Its score; NaN ranks last.
        error: The standard error of the score; None where it is not known.
        loss: Its log loss at the best temperature; None where it is not known, as of trials of early versions.
        number: The number of its trial.
        continues: The number of the trial whose net was trained further for it; None for a net of its own.
    """

    score: float
    error: float | None = None
    loss: float | None = None
    number: int | None = None
    continues: int | None = None


def rank(metric: Metric, models: Sequence[Measured]) -> list[int]:
    """Return the indices of the models, best first: by ``comparable_scores``, then log loss, then the earlier.

    Of a net that was trained further, the place of its best model is that of the last one within one standard
    error of its best score. Those that continue others come after them in ``models``.
    """
    scores = comparable_scores(metric, models)

    def badness(index: int) -> tuple[float, float, int]:
        behind, loss = metric.gain(0.0, scores[index]), models[index].loss
        return math.inf if math.isnan(behind) else behind, math.inf if loss is None else loss, index

    order = sorted(range(len(models)), key=badness)
    for ages in _nets(models):
        best = ages[metric.best([models[index].score for index in ages])]
        score, error = models[best].score, models[best].error or 0.0
        lasting = max(index for index in ages if index == best or metric.gain(score, models[index].score) <= error)
        first = next(place for place, index in enumerate(order) if index in ages)
        order.remove(lasting)
        order.insert(first, lasting)
    return order


def _nets(models: Sequence[Measured]) -> list[list[int]]:
    """Return the indices of the models of each net that was trained further, without those that have no score."""
    nets: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    for index, each in enumerate(models):
        if each.number is not None:
            began = each.number if each.continues is None else first.get(each.continues, each.continues)
            first[each.number] = began
            if not math.isnan(each.score):
                nets.setdefault(began, []).append(index)
    return [ages for ages in nets.values() if len(ages) > 1]


def comparable_scores(metric: Metric, models: Sequence[Measured]) -> list[float]:
    """Return a score for each model that orders them: for samplers, which take one number.

    Scores within one standard error of the best are spread over that error by log loss, the best score for the
    lowest loss; others stay as they are. So do all where the error or the log loss of the best is not known.
    """
    scores = [each.score for each in models]
    best = models[metric.best(scores)] if models else None
    if best is None or best.loss is None or not best.error:
        return scores
    losses = {
        index: each.loss
        for index, each in enumerate(models)
        if each.loss is not None and metric.gain(best.score, each.score) <= best.error
    }
    if not losses:  # the score or the error of the best is not a number
        return scores
    least, most = min(losses.values()), max(losses.values())
    for index, loss in losses.items():
        worse = best.error * (loss - least) / (most - least or 1.0)
        scores[index] = best.score + (worse if metric.minimise else -worse)
    return scores
