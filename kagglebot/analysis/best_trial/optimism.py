"""How much better the best trial's score looks than it is, as the trial was chosen for that score.

Of many equal nets one is lucky on the validation rows, and it is the one that is chosen. The choice is repeated on
rows drawn with replacement, and what it chose is scored on the rows that were not drawn, which had no part in it
(Tsamardinos et al. 2018, doi:10.1007/s10994-018-5714-4). Where rows stay together in groups, groups are drawn
(Field & Welsh 2007, Bootstrapping clustered data).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import Groups
from kagglebot.errors import DataError
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.left_out_parts import number_groups
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import Measured, rank
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.scoring.standard_error import groups_of, score_error

#: Best trials that the choice is repeated among, and how often; fewer where each score takes milliseconds, as the
#: metric is no mean over rows.
_TRIALS, _TIMES = 50, 200
_FEW_TRIALS, _FEW_TIMES = 10, 20
#: Numbers to add up in all, of which many rows allow fewer repetitions.
_WORK = 200_000_000


def find_optimism(summary: StudySummary, folder: Path, dataset: Dataset) -> float | None:
    """Return by how much the best trial's score is better than is to be expected on other rows; never negative.

    Args:
        summary: The study.
        folder: ``studies/COMPETITION/NAME``; trials without out-of-fold predictions in it are left out.
        dataset: The competition's data.

    Returns:
        None without the predictions of the best trial and of another one on the same rows, or if these are of one
        group.
    """
    found: list[OofPredictions] = []
    for trial in summary.top(_TRIALS if summary.measure.row_scores else _FEW_TRIALS):
        try:
            oof = read_trial_oof(trial, folder, dataset)
        except DataError:
            if not found:
                return None
            continue
        if not found or np.array_equal(oof.rows, found[0].rows):
            found.append(oof)
    if len(found) < 2:
        return None
    labels, rows, groups = dataset.train_labels, found[0].rows, dataset.train_groups
    error = score_error(summary.metric, labels, found[0], groups)
    predictions = [each.probabilities for each in found]
    return _optimism(summary.measure, labels[rows], predictions, error, groups_of(groups, rows))


def _optimism(
    metric: Metric,
    labels: NDArray[np.int64],
    predictions: Sequence[NDArray[np.float32]],
    error: float,
    groups: Groups = None,
) -> float | None:
    """Return the optimism of the first of some predictions ``(rows, classes)``, which is the best."""
    all_rows = np.arange(len(labels))
    positions, count = number_groups(len(labels), groups)
    losses = np.stack([calibrated_losses(labels, each) for each in predictions], axis=1)
    adjusted = [metric.cross_fit(labels, each, groups) for each in predictions]
    each_row = metric.row_scores and np.stack([metric.row_scores(labels, each) for each in adjusted], axis=1)

    def score(index: int, rows: NDArray[np.int64]) -> float:
        if each_row is not None:
            return float(each_row[rows, index].mean())
        return metric.score(labels[rows], adjusted[index][rows])

    times = _FEW_TIMES if each_row is None else int(np.clip(_WORK / losses.size, _FEW_TIMES, _TIMES))
    rng, elsewhere = np.random.default_rng(0), []
    for _ in range(times):
        often = np.bincount(rng.integers(count, size=count), minlength=count)[positions]
        drawn, rest = np.repeat(all_rows, often), all_rows[often == 0]
        if not len(rest):  # of very few groups each may be drawn
            continue
        means = losses[drawn].mean(axis=0)
        models = [Measured(score(index, drawn), error, float(loss)) for index, loss in enumerate(means)]
        elsewhere.append(score(rank(metric, models)[0], rest))
    return max(0.0, metric.gain(score(0, all_rows), float(np.nanmean(elsewhere)))) if elsewhere else None
