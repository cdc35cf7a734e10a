"""Which trial the final model is made of: the best, or a cheaper one that cannot be told from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.analysis.standard_error import difference_error, mean_error
from kagglebot.datasets.dataset import Dataset
from kagglebot.errors import DataError
from kagglebot.metrics.calibration import calibrated_losses
from kagglebot.metrics.registry import get_metric
from kagglebot.training.oof_predictions import OofPredictions

#: Best trials that are looked at, and the share of the best one's time that a cheaper one may take at most.
CANDIDATES, CHEAPER = 10, 0.9


@dataclass(frozen=True)
class TrialChoice:
    """A trial, and why.

    Attributes:
        trial: What is to be trained.
        best: The trial with the best score.
        within: Numbers of the trials that cannot be told from the best, itself included, best first.
        reason: A sentence on why another is taken; empty where the best is.
    """

    trial: TrialResult
    best: TrialResult
    within: tuple[int, ...]
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"number": self.trial.number, "within": list(self.within), "why": self.reason}


def choose(summary: StudySummary, folder: Path, dataset: Dataset) -> TrialChoice:
    """Choose by validation with its uncertainty in sight: within one standard error the cheaper trial wins.

    Two trials answered for the same rows, so their difference is judged row by row, where most of chance cancels
    out (the rule is that of Breiman et al. 1984). It must lie within one standard error by the metric and by log
    loss, which tells apart what accuracy on some thousand rows does not. Cost is the time of the chosen epochs.

    Args:
        summary: The study.
        folder: ``studies/COMPETITION/NAME``, where trials' answers are kept; those without stay out.
        dataset: The competition's data.

    Raises:
        StudyError: No trial is complete.
    """
    best, candidates = summary.choose(), summary.top(CANDIDATES)  # the best is the first of them
    answers = {}
    for trial in candidates:
        try:
            answers[trial.number] = read_trial_oof(trial, folder, dataset)
        except DataError:
            continue
    if best.number not in answers:
        return TrialChoice(best, best, (best.number,))
    labels, within, ours = dataset.train_labels, [], answers[best.number]
    our_losses = _losses(summary.metric, labels, ours)
    for trial in candidates:
        theirs = answers.get(trial.number)
        if trial.number == best.number or (
            theirs is not None
            and _within(summary.metric, labels, ours, theirs)
            and _is_chance(_losses(summary.metric, labels, theirs) - our_losses)
        ):
            within.append(trial)
    cheapest = min(within, key=_cost)
    numbers = tuple(trial.number for trial in within)
    if _cost(cheapest) > CHEAPER * _cost(best):
        return TrialChoice(best, best, numbers)
    reason = (
        f"Trial {best.number} scored best; trial {cheapest.number} lies within one standard error of it and takes "
        f"{_cost(cheapest) / _cost(best):.0%} of its time."
    )
    return TrialChoice(cheapest, best, numbers, reason)


def _cost(trial: TrialResult) -> float:
    return (trial.epochs or 0) * trial.epoch_seconds


def _within(metric: str, labels: NDArray[np.int64], best: OofPredictions, other: OofPredictions) -> bool:
    """Whether the other's score is worse by no more than one standard error of the difference."""
    error = difference_error(metric, labels, best, other)
    if error is None:  # other rows: a trial cut off before its last fold
        return False
    measure = get_metric(metric)
    ours, theirs = (measure.score(labels[each.rows], each.probabilities) for each in (best, other))
    return measure.gain(ours, theirs) <= error


def _losses(metric: str, labels: NDArray[np.int64], answers: OofPredictions) -> NDArray[np.float64]:
    return calibrated_losses(get_metric(metric), labels[answers.rows], answers.probabilities)


def _is_chance(more: NDArray[np.float64]) -> bool:
    return bool(more.mean() <= mean_error(more))
