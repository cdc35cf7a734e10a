"""Pruning between folds: a trial that one fold shows to be far behind the best trains on no other fold.

The trials of a study have the same folds, so two of them are compared row by row, whatever their families and
however long each has trained.
"""

import numpy as np

from kagglebot.errors import DataError
from kagglebot.metrics.metric import Labels, Probabilities
from kagglebot.search.storage.attributes import RUN, ranked
from kagglebot.search.trial.context import WorkerContext
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, read_oof, trial_key
from kagglebot.training.learner import Rows
from kagglebot.training.scoring.standard_error import groups_of, mean_error

#: Standard errors of the mean difference between two trials that chance does not explain.
_BEYOND_CHANCE = 3.0


def far_behind(context: WorkerContext, rows: Rows, probabilities: Probabilities) -> int | None:
    """Return the number of the best trial if these predictions of a fold are behind its own, beyond chance.

    Args:
        context: Whose study, data and metric count.
        rows: Validation rows of the fold.
        probabilities: What the trial's net predicts for them.

    Returns:
        None if it is not far behind; also where the metric has no score for a single row, the study has no
        complete trial, or the predictions of the best one are not at hand.
    """
    metric = context.metric
    if metric.row_scores is None or context.definition.pruner.name == "none":
        return None
    best = _read_best(context)
    if best is None or not np.isin(rows, best[1].rows).all():
        return None
    number, oof = best
    labels: Labels = context.dataset.train_labels[rows]
    of_best = oof.probabilities[np.searchsorted(oof.rows, rows)]
    groups = groups_of(context.dataset.train_groups, rows)
    adjusted = (metric.cross_fit(labels, each, groups) for each in (of_best, probabilities))
    theirs, ours = (metric.row_scores(labels, each) for each in adjusted)
    behind = theirs - ours
    if metric.minimise:
        behind = -behind
    error = mean_error(behind, groups)
    return number if behind.mean() > _BEYOND_CHANCE * error else None


def _read_best(context: WorkerContext) -> tuple[int, OofPredictions] | None:
    """Return the number and the predictions of the best complete trial."""
    best = next(iter(ranked(context.study.get_trials(deepcopy=False), context.metric)), None)
    run, schema = best.user_attrs.get(RUN, {}) if best else {}, context.dataset.schema
    if best is None or "settings" not in run:
        return None
    key = trial_key(run["settings"], run["seed"], schema.digest, run.get("weights"))
    path = oof_path(context.folder, best.number)
    try:
        return best.number, read_oof(path, key, rows=schema.train_rows, classes=len(schema.classes))
    except DataError:
        return None
