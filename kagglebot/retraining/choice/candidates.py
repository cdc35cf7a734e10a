"""The trials of a study that may be averaged, and what each predicts for the validation rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import Groups
from kagglebot.errors import DataError
from kagglebot.metrics.metric import Labels, Probabilities
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path
from kagglebot.training.scoring.standard_error import groups_of

#: The best trials of a study, of which an ensemble is made.
CANDIDATES = 50


def find_candidates(summary: StudySummary) -> dict[int, TrialResult]:
    """Return the trials an ensemble may be made of, by number: of trials that went on from each other the best."""
    # A trial that repeated the settings of an earlier one was not trained, and has no settings stored.
    candidates = [trial for trial in summary.top(CANDIDATES) if trial.settings]
    net_of = summary.first_trials
    best_of_net = {net_of[trial.number]: trial for trial in reversed(candidates)}
    return {trial.number: trial for trial in candidates if trial is best_of_net[net_of[trial.number]]}


@dataclass(frozen=True)
class Predictions:
    """What trials predict for the same validation rows."""

    labels: Labels  #: ``(n,)``: the true classes of the rows.
    groups: Groups  #: ``(n,)``: the group of each row; None where each is one of its own.
    by_trial: Mapping[int, Probabilities]  #: Class probabilities ``(n, classes)``, by the number of the trial.
    left_out: tuple[str, ...]  #: Sentences on trials that have none for these rows.


def read_predictions(trials: Iterable[TrialResult], folder: Path, dataset: Dataset) -> Predictions:
    """Return what trials, the best first, predict for the validation rows of the best.

    One that was cut off after some folds has fewer rows: if it is the best, the others are compared on these.
    """
    found: dict[int, OofPredictions] = {}
    missing, left_out = [], []
    for trial in trials:
        if not oof_path(folder, trial.number).is_file():
            missing.append(str(trial.number))
            continue
        try:
            found[trial.number] = read_trial_oof(trial, folder, dataset)
        except DataError as error:
            left_out.append(f"Trial {trial.number} is left out: {error.message}")
    if missing:
        left_out.append(f"Left out, as their validation predictions are missing: trials {', '.join(missing)}.")
    rows = next((each.rows for each in found.values()), np.arange(0))
    predictions = {}
    for number, each in found.items():
        shared = np.isin(each.rows, rows)
        if np.array_equal(each.rows[shared], rows):
            predictions[number] = each.probabilities[shared]
        else:
            left_out.append(f"Trial {number} is left out: it was cut off before its last fold.")
    groups = groups_of(dataset.train_groups, rows)
    return Predictions(dataset.train_labels[rows], groups, predictions, tuple(left_out))
