"""Standard errors of a score, and of the difference of two scores.

A score is measured on some rows; other rows of the same kind would give a slightly different one. About two of
three scores lie within one standard error of the score on all possible rows.
"""

import math

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.registry import get_metric
from kagglebot.training.oof_predictions import OofPredictions

#: Parts that are left out in turn for a metric that is not a mean over rows.
_PARTS = 20
_SEED = 0


def score_error(metric: str, labels: NDArray[np.int64], oof: OofPredictions) -> float:
    """Return the standard error of a trial's score on its validation rows.

    Args:
        metric: A name in ``metrics.registry``.
        labels: ``(train_rows,)`` int64, the true classes of all rows.
        oof: The trial's out-of-fold predictions.
    """
    truth, measure = labels[oof.rows], get_metric(metric)
    adjusted = measure.cross_fit(truth, oof.probabilities)
    if measure.row_scores is not None:
        return mean_error(measure.row_scores(truth, adjusted))
    return _part_error([measure.score(truth[rows], adjusted[rows]) for rows in _parts(len(truth))])


def difference_error(
    metric: str, labels: NDArray[np.int64], first: OofPredictions, second: OofPredictions
) -> float | None:
    """Return the standard error of the difference of two trials' scores, estimated row by row.

    Most of the noise cancels out that way. None where their validation rows differ.
    """
    if not np.array_equal(first.rows, second.rows):
        return None
    truth, measure = labels[first.rows], get_metric(metric)
    ours, theirs = (measure.cross_fit(truth, each.probabilities) for each in (first, second))
    if measure.row_scores is not None:
        return mean_error(measure.row_scores(truth, ours) - measure.row_scores(truth, theirs))
    return _part_error(
        [
            measure.score(truth[rows], ours[rows]) - measure.score(truth[rows], theirs[rows])
            for rows in _parts(len(truth))
        ]
    )


def mean_error(each: NDArray[np.float64]) -> float:
    """Return the standard error of the mean of ``(n,)`` values."""
    return float(each.std() / math.sqrt(max(1, len(each))))


def _parts(rows: int) -> list[NDArray[np.int64]]:
    """Return the rows without one part, for each of the parts."""
    order = np.random.default_rng(_SEED).permutation(rows)
    return [np.sort(np.delete(order, np.s_[part::_PARTS])) for part in range(min(_PARTS, rows))]


def _part_error(scores: list[float]) -> float:
    """Return the delete-a-group jackknife estimate (Kott 2001) from the scores without each part."""
    moved = np.asarray(scores)
    count = len(moved)
    return float(np.sqrt((count - 1) / count * ((moved - moved.mean()) ** 2).sum()))
