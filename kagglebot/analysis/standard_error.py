"""How much of a score, or of a difference of two, chance alone makes: standard errors.

A score is taken on some rows; other rows of the same kind would have given a little more or less. About two scores
in three lie within one standard error of what all possible rows would give.
"""

import math

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.registry import get_metric
from kagglebot.training.oof_predictions import OofPredictions

#: Parts that are left out in turn where a measure is no mean over rows.
_PARTS = 20
_SEED = 0


def score_error(metric: str, labels: NDArray[np.int64], answers: OofPredictions) -> float:
    """Give the standard error of a trial's score on the rows it was held to.

    Args:
        metric: A name in ``metrics.registry``.
        labels: ``(train_rows,)`` the true classes of all rows.
        answers: What the trial answered for some of them.
    """
    truth, measure = labels[answers.rows], get_metric(metric)
    if measure.row_scores is not None:
        return mean_error(measure.row_scores(truth, answers.probabilities))
    return _part_error([measure.score(truth[kept], answers.probabilities[kept]) for kept in _parts(len(truth))])


def difference_error(
    metric: str, labels: NDArray[np.int64], first: OofPredictions, second: OofPredictions
) -> float | None:
    """Give the standard error of the difference of two trials' scores, row by row: most of chance cancels out.

    None where they were not held to the same rows.
    """
    if not np.array_equal(first.rows, second.rows):
        return None
    truth, measure = labels[first.rows], get_metric(metric)
    if measure.row_scores is not None:
        ours, theirs = (measure.row_scores(truth, each.probabilities) for each in (first, second))
        return mean_error(ours - theirs)
    return _part_error(
        [
            measure.score(truth[kept], first.probabilities[kept])
            - measure.score(truth[kept], second.probabilities[kept])
            for kept in _parts(len(truth))
        ]
    )


def mean_error(each: NDArray[np.float64]) -> float:
    """Give the standard error of a mean over rows ``(n,)``."""
    return float(each.std() / math.sqrt(max(1, len(each))))


def _parts(rows: int) -> list[NDArray[np.int64]]:
    """All rows but one part, for each of the parts."""
    order = np.random.default_rng(_SEED).permutation(rows)
    return [np.sort(np.delete(order, np.s_[part::_PARTS])) for part in range(min(_PARTS, rows))]


def _part_error(scores: list[float]) -> float:
    """Delete-a-group jackknife (Kott 2001): how much the score moves when a part of the rows is not there."""
    moved = np.asarray(scores)
    count = len(moved)
    return float(np.sqrt((count - 1) / count * ((moved - moved.mean()) ** 2).sum()))
