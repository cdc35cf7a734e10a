"""How much of a score, or of a difference of two, chance alone makes: standard errors.

A score is taken on some rows; other rows of the same kind would have given a little more or less. About two scores
in three lie within one standard error of what all possible rows would give.
"""

import math

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.scores import losses, score
from kagglebot.training.oof_predictions import OofPredictions

#: Parts that are left out in turn where a measure is no mean over rows.
_PARTS = 20
_SEED = 0


def score_error(metric: str, labels: NDArray[np.int64], answers: OofPredictions) -> float:
    """Give the standard error of a trial's score on the rows it was held to.

    Args:
        metric: A name in ``datasets.metrics.METRICS``.
        labels: ``(train_rows,)`` the true classes of all rows.
        answers: What the trial answered for some of them.
    """
    truth = labels[answers.rows]
    if (each := _row_scores(metric, truth, answers.probabilities)) is not None:
        return mean_error(each)
    return _part_error([score(metric, truth[kept], answers.probabilities[kept]) for kept in _parts(len(truth))])


def difference_error(
    metric: str, labels: NDArray[np.int64], first: OofPredictions, second: OofPredictions
) -> float | None:
    """Give the standard error of the difference of two trials' scores, row by row: most of chance cancels out.

    None where they were not held to the same rows.
    """
    if not np.array_equal(first.rows, second.rows):
        return None
    truth = labels[first.rows]
    ours, theirs = (_row_scores(metric, truth, each.probabilities) for each in (first, second))
    if ours is not None and theirs is not None:
        return mean_error(ours - theirs)
    return _part_error(
        [
            score(metric, truth[kept], first.probabilities[kept])
            - score(metric, truth[kept], second.probabilities[kept])
            for kept in _parts(len(truth))
        ]
    )


def _row_scores(
    metric: str, truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> NDArray[np.float64] | None:
    """Each row's part in the score ``(n,)``, for measures that are the mean of such."""
    if metric == "accuracy":
        return np.asarray(probabilities.argmax(axis=1) == truth, np.float64)
    return losses(truth, probabilities) if metric == "log_loss" else None


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
