"""The best trial beside trials that have other validation rows, as one of the two was cut off after some folds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.errors import DataError
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.scoring.standard_error import groups_of

#: Best trials that are compared; of the others nothing is said.
_TRIALS = 50


@dataclass(frozen=True)
class Compared:
    """The best trial compared with another.

    Attributes:
        gain: By how much the best is better.
        rows: Number of validation rows that both are scored on.
    """

    gain: float
    rows: int


def compare_on_shared_rows(
    summary: StudySummary, best: TrialResult, oof: OofPredictions, folder: Path, dataset: Dataset
) -> dict[int, Compared]:
    """Compare the best trial with each trial that has other rows, on the rows of both; return it by number.

    Args:
        summary: The study.
        best: Its best trial.
        oof: The out-of-fold predictions of that.
        folder: ``studies/COMPETITION/NAME``; trials without out-of-fold predictions in it are left out.
        dataset: The competition's data.
    """
    found: dict[int, Compared] = {}
    for trial in summary.top(_TRIALS):
        # An early version did not store how many rows a trial has that was out of time.
        is_known = trial.rows is not None or not trial.reason
        if trial.number == best.number or (is_known and summary.rows_of(trial) == len(oof.rows)):
            continue
        try:
            theirs = read_trial_oof(trial, folder, dataset)
        except DataError:
            continue
        if not np.array_equal(oof.rows, theirs.rows) and (compared := _compare(summary, oof, theirs, dataset)):
            found[trial.number] = compared
    return found


def _compare(
    summary: StudySummary, ours: OofPredictions, theirs: OofPredictions, dataset: Dataset
) -> Compared | None:
    rows, *places = np.intersect1d(ours.rows, theirs.rows, assume_unique=True, return_indices=True)
    if not len(rows):
        return None
    labels, groups = dataset.train_labels[rows], groups_of(dataset.train_groups, rows)
    best, other = (
        summary.measure.adjusted_score(labels, each.probabilities[place], groups)
        for each, place in zip((ours, theirs), places, strict=True)
    )
    return Compared(summary.measure.gain(best, other), len(rows))
