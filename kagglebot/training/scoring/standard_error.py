"""Standard errors of a score, and of the difference of two scores.

A score is measured on some rows; other rows of the same kind would give a slightly different one. About two of
three scores lie within one standard error of the score on all possible rows.

Rows of one group, such as the images of a patient, are right or wrong together, so that many of them say little
more than a few. Where the split keeps groups together, the error is therefore that of drawing other groups, not
other rows (Cameron & Miller 2015, doi:10.3368/jhr.50.2.317).
"""

import math

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.left_out_parts import number_groups
from kagglebot.metrics.metric import Labels, Metric, Probabilities, least_error
from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.oof_predictions import OofPredictions

#: Parts that are left out in turn for a metric that is not a mean over rows.
_PARTS = 20
_SEED = 0


def score_error(metric: str, labels: Labels, oof: OofPredictions, groups: Groups = None) -> float:
    """Return the standard error of a trial's score on its validation rows; NaN where it is not known.

    Args:
        metric: A name in ``metrics.registry``.
        labels: ``(train_rows,)`` int64, the true classes of all rows.
        oof: The trial's out-of-fold predictions.
        groups: ``(train_rows,)`` int64, the group of each row; None where each is one of its own.
    """
    truth, measure, groups = labels[oof.rows], get_metric(metric), groups_of(groups, oof.rows)
    return adjusted_error(measure, truth, measure.cross_fit(truth, oof.probabilities, groups), groups)


def adjusted_error(metric: Metric, truth: Labels, adjusted: Probabilities, groups: Groups = None) -> float:
    """Return the standard error of the score of adjusted predictions ``(n, classes)``; see ``score_error``."""
    if metric.row_scores is not None:
        error = mean_error(metric.row_scores(truth, adjusted), groups)
        if math.isnan(error) or not metric.is_proportion:
            return error
        return max(error, least_error(len(truth)))  # without a wrong row, no two groups differ either
    return _part_error([metric.score(truth[rows], adjusted[rows]) for rows in _parts(len(truth), groups)])


def difference_error(
    metric: str, labels: Labels, first: OofPredictions, second: OofPredictions, groups: Groups = None
) -> float | None:
    """Return the standard error of the difference of two trials' scores, estimated row by row.

    Most of the noise cancels out that way. None where their validation rows differ, or are all of one group.
    """
    if not np.array_equal(first.rows, second.rows):
        return None
    truth, measure, groups = labels[first.rows], get_metric(metric), groups_of(groups, first.rows)
    ours, theirs = (measure.cross_fit(truth, each.probabilities, groups) for each in (first, second))
    if measure.row_scores is not None:
        error = mean_error(measure.row_scores(truth, ours) - measure.row_scores(truth, theirs), groups)
    else:
        error = _part_error(
            [
                measure.score(truth[rows], ours[rows]) - measure.score(truth[rows], theirs[rows])
                for rows in _parts(len(truth), groups)
            ]
        )
    return None if math.isnan(error) else error


def groups_of(groups: Groups, rows: NDArray[np.int64]) -> Groups:
    """Return the groups of some rows; None where each is a group of its own."""
    return None if groups is None else groups[rows]


def mean_error(each: NDArray[np.float64], groups: Groups = None) -> float:
    """Return the standard error of the mean of ``(n,)`` values.

    With the ``(n,)`` groups of the values it is the cluster-robust one (Cameron & Miller 2015): the deviations of
    a group are added up before they are squared, and their sum is multiplied by ``count / (count - 1)``, as groups
    are often few. NaN where all are of one group.
    """
    if groups is None:
        return float(each.std() / math.sqrt(max(1, len(each))))
    positions, count = number_groups(len(each), groups)
    if count < 2:
        return math.nan
    sums = np.bincount(positions, each - each.mean())
    return float(np.sqrt(count / (count - 1) * (sums**2).sum()) / len(each))


def _parts(rows: int, groups: Groups) -> list[NDArray[np.int64]]:
    """Return the rows without one part of the groups, for each of the parts; none of one group."""
    positions, count = number_groups(rows, groups)
    order = np.random.default_rng(_SEED).permutation(count)
    parts = [order[part::_PARTS] for part in range(min(_PARTS, count) if count > 1 else 0)]
    return [np.flatnonzero(~np.isin(positions, part)) for part in parts]


def _part_error(scores: list[float]) -> float:
    """Return the delete-a-group jackknife estimate (Kott 2001) from the scores without each part; NaN of none."""
    moved = np.asarray(scores)
    count = len(moved)
    return float(np.sqrt((count - 1) / count * ((moved - moved.mean()) ** 2).sum())) if count else math.nan
