"""The one-standard-error rule: why a trial is the best, and which cheaper one is hardly worse."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import Groups
from kagglebot.errors import DataError
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.scoring.standard_error import difference_error, groups_of, mean_error

#: Best trials that a cheaper one is looked for among.
CANDIDATES = 10


@dataclass(frozen=True)
class SelectedTrial:
    """The trial that the final model is trained from.

    Attributes:
        trial: The selected trial.
        best: The trial with the best score; where a cheaper one was asked for, the best trial.
        within: Numbers of the trials within one standard error of that, itself included, best first.
        reason: A sentence on why another is selected; empty where that one is.
    """

    trial: TrialResult
    best: TrialResult
    within: tuple[int, ...]
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {"number": self.trial.number, "within": list(self.within), "why": self.reason}


def select_best(summary: StudySummary) -> SelectedTrial:
    """Return the best trial: of those within one standard error of the best score that with the lowest log loss.

    If its net was trained further, it is the last trial of that net within the error; see ``ranking.rank``.

    Raises:
        StudyError: No trial is complete.
    """
    ranked, measure = summary.top(len(summary.trials)), summary.measure
    ranked = [trial for trial in ranked if trial.other_seed_of is None] or ranked
    if not ranked:
        raise summary.none_complete()
    selected = ranked[0]
    scores = [trial.value or 0.0 for trial in ranked]
    best = ranked[measure.best(scores)]
    error = best.score_error or 0.0
    within = [
        trial.number
        for trial, score in zip(ranked, scores, strict=True)
        if measure.gain(best.value or 0.0, score) <= error
    ]
    if selected.value == best.value or selected.log_loss is None or best.log_loss is None:
        return SelectedTrial(selected, best, tuple(within))
    near = (
        f"Trial {best.number} scored best, {best.value:.5f}; "
        f"trial {selected.number} lies within one standard error of it"
    )
    if selected.log_loss < best.log_loss:
        losses = f"{selected.log_loss:.4f} instead of {best.log_loss:.4f}"
        reason = f"{near} and has a lower log loss, {losses}."
    elif selected.continues is None:
        reason = f"{near}."
    else:
        reason = f"{near} and is the net of trial {selected.continues} after more epochs."
    return SelectedTrial(selected, best, tuple(within), reason)


def select_cheaper(summary: StudySummary, folder: Path, dataset: Dataset) -> SelectedTrial:
    """Return the trial that trains fastest of those within one standard error of the best one.

    This is the rule of Breiman et al. (1984). The trials predicted the same rows, so their difference is estimated
    row by row, where most of the noise cancels out. It must lie within one standard error by the metric and by log
    loss, which separates trials that accuracy on some thousand rows does not. The cost is the time of the epochs
    that the final model is trained for.

    Args:
        summary: The study.
        folder: ``studies/COMPETITION/NAME``; trials without out-of-fold predictions in it are left out.
        dataset: The competition's data.

    Raises:
        StudyError: No trial is complete.
    """
    best, candidates = summary.choose(), summary.top(CANDIDATES)  # the best is the first of them
    oof = {}
    for trial in candidates:
        try:
            oof[trial.number] = read_trial_oof(trial, folder, dataset)
        except DataError:
            continue
    if best.number not in oof:
        return SelectedTrial(best, best, (best.number,))
    labels, groups, within, ours = dataset.train_labels, dataset.train_groups, [], oof[best.number]
    our_losses = _losses(labels, ours)
    for trial in candidates:
        theirs = oof.get(trial.number)
        if trial.number == best.number or (
            theirs is not None
            and _within(summary.metric, labels, ours, theirs, groups)
            and _is_noise(_losses(labels, theirs) - our_losses, groups_of(groups, theirs.rows))
        ):
            within.append(trial)
    cheapest = min(within, key=_cost)
    numbers = tuple(trial.number for trial in within)
    if cheapest is best:
        return SelectedTrial(best, best, numbers)
    reason = (
        f"Trial {best.number} is the best; trial {cheapest.number} lies within one standard error of it and takes "
        f"{_cost(cheapest) / _cost(best):.0%} of its time."
    )
    return SelectedTrial(cheapest, best, numbers, reason)


def _cost(trial: TrialResult) -> float:
    return (trial.epochs or 0) * trial.epoch_seconds


def _within(
    metric: str, labels: NDArray[np.int64], best: OofPredictions, other: OofPredictions, groups: Groups
) -> bool:
    """Return whether the other's score is worse by at most one standard error of the difference."""
    error = difference_error(metric, labels, best, other, groups)
    if error is None:  # other rows: a trial cut off before its last fold
        return False
    measure = get_metric(metric)
    ours, theirs = (
        measure.adjusted_score(labels[each.rows], each.probabilities, groups_of(groups, each.rows))
        for each in (best, other)
    )
    return measure.gain(ours, theirs) <= error


def _losses(labels: NDArray[np.int64], oof: OofPredictions) -> NDArray[np.float64]:
    return calibrated_losses(labels[oof.rows], oof.probabilities)


def _is_noise(more: NDArray[np.float64], groups: Groups) -> bool:
    return bool(more.mean() <= mean_error(more, groups))
