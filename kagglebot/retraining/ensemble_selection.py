"""Which trials to put together: greedy forward selection with replacement (Caruana et al. 2004).

Members are taken one at a time, each time whichever makes the mean of all answers best on rows that none of them
learned from. A trial may be taken again: that gives it more weight. The rows that the choice was made on flatter
it, so the score of an ensemble on them is a little better than it will be elsewhere.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.calibration import calibrated_losses
from kagglebot.metrics.registry import get_metric


@dataclass(frozen=True)
class Selection:
    """An ensemble.

    Attributes:
        weights: How often each trial was taken, by its number; in the order they came in.
        scores: ``scores[n]`` is the validation score of the first ``n + 1`` members together.
    """

    weights: Mapping[int, int]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The validation score of the whole ensemble, chosen on those very rows."""
        return self.scores[-1]


def select(
    metric: str, labels: NDArray[np.int64], answers: Mapping[int, NDArray[np.float32]], members: int
) -> Selection:
    """Choose ``members`` trials, some of them more than once perhaps.

    The best third comes in unasked: then no single lucky trial decides all that follows.
    Where the metric does not tell two candidates apart, log loss does, and then the lower number. Accuracy hangs
    on a few rows among thousands, so it tells apart what differs by more than its standard error.

    Args:
        metric: Name of the competition's metric; which way is better stands in ``metrics.registry``.
        labels: ``(n,)`` the true classes of the rows.
        answers: Class probabilities ``(n, classes)`` of each trial for the same rows, by its number.
        members: How many to take, 1 or more.

    Raises:
        ValueError: There is nothing to choose from.
    """
    if not answers:
        raise ValueError("no trials to choose from")
    ranked = _ranked(metric, labels, answers)
    first = ranked[: math.ceil(members / 3)]
    weights: dict[int, int] = {}
    scores: list[float] = []
    total = np.zeros_like(answers[ranked[0]], dtype=np.float64)
    for position in range(members):
        if position < len(first):
            taken = first[position]
        else:
            taken = _ranked(metric, labels, {number: total + each for number, each in answers.items()})[0]
        total += answers[taken]
        weights[taken] = weights.get(taken, 0) + 1
        scores.append(get_metric(metric).score(labels, _mean(total)))
    return Selection(weights, tuple(scores))


def _ranked(metric: str, labels: NDArray[np.int64], sums: Mapping[int, NDArray[np.floating]]) -> list[int]:
    """Numbers of the candidates, best first; ``sums`` are their probabilities up to a factor."""
    measure = get_metric(metric)
    means = {number: _mean(total) for number, total in sums.items()}
    scores = {number: measure.score(labels, mean) for number, mean in means.items()}
    values = list(scores.values())
    best = values[measure.best(values)]
    error = measure.standard_error(best, len(labels)) or 0.0

    def badness(number: int) -> tuple[float, float, int]:
        behind = measure.gain(best, scores[number])
        if math.isnan(behind):
            behind = math.inf
        loss = float(calibrated_losses(measure, labels, means[number]).mean())
        return behind if behind > error else 0.0, loss, number

    return sorted(sums, key=badness)


def _mean(total: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(total / total.sum(axis=1, keepdims=True), np.float32)
