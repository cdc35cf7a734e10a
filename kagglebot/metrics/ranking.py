"""The order of models: by score where it differs beyond chance, else by log loss at the best temperature.

Scores on some thousand rows differ by chance: of 5,000 rows, 20 wrong or 23 is one net as well as two. Log loss is
of all rows, not only of those few, and says more about which of such nets has learned better.
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
    """

    score: float
    error: float | None = None
    loss: float | None = None


def rank(metric: Metric, models: Sequence[Measured]) -> list[int]:
    """Return the indices of the models, best first: by ``comparable_scores``, then log loss, then the earlier."""
    scores = comparable_scores(metric, models)

    def badness(index: int) -> tuple[float, float, int]:
        behind, loss = metric.gain(0.0, scores[index]), models[index].loss
        return math.inf if math.isnan(behind) else behind, math.inf if loss is None else loss, index

    return sorted(range(len(models)), key=badness)


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
