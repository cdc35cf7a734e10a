"""What a study has to say: what won, by how much, whether that is luck, what mattered, what pruning was worth.

Plain values worked out of a ``StudySummary`` and of the answers that its trials kept; terminal and page draw them.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.analysis.confusion import Confusion, find_confusion, read_trial_oof
from kagglebot.analysis.marginals import Marginals, by_parameter
from kagglebot.analysis.one_standard_error import TrialChoice, choose
from kagglebot.analysis.recommendations import Recommendation, recommend
from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.analysis.significance import Significance, find_significance
from kagglebot.analysis.standard_error import score_error
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError
from kagglebot.models.registry import get_family

#: Best trials in ``--json``.
TOP = 10


@dataclass(frozen=True)
class Setting:
    """One searched setting of the best trial, beside what the study's definition has where it does not search."""

    name: str
    value: Any
    default: Any

    @property
    def differs(self) -> bool:
        """Whether the search chose otherwise than the default."""
        return bool(self.value != self.default)


@dataclass(frozen=True)
class Pruning:
    """What giving trials up was worth.

    Attributes:
        pruner: Name of the pruner.
        trials: Trials it gave up after at least one epoch.
        epochs_run: Epochs these were trained.
        epochs_planned: Epochs they would have been trained.
        spent_seconds: Time spent on all trials of the study.
        saved_seconds: Time that the epochs not run would have taken.
        ahead: Pruned trials that were better, where they were given up, than the best trial after as many epochs.
    """

    pruner: str
    trials: int
    epochs_run: int
    epochs_planned: int
    spent_seconds: float
    saved_seconds: float
    ahead: tuple[int, ...]

    @property
    def share(self) -> float:
        """Saved time as a share of what the study would have taken without pruning."""
        total = self.spent_seconds + self.saved_seconds
        return self.saved_seconds / total if total else 0.0


@dataclass(frozen=True)
class StudyAnalysis:
    """A study understood.

    Attributes:
        summary: Its trials.
        settings: The best trial's searched settings; empty where no trial is complete.
        significance: How far the best can be told from others; None where no trial is complete.
        history: Where the best score so far changed: the trial's number and its score.
        marginals: Scores by the value of each parameter: depth, width and epochs first.
        typical_pruned: The pruned trial of middling length, the one to show pruning by.
        pruning: What pruning was worth.
        confusion: What the best trial took for what; None where ``no_mistakes`` says why.
        no_mistakes: Why there are none to show.
        failures: Why trials failed, with how many, the most frequent first.
        recommendations: What to do next, the most promising first.
        choice: Which trial ``--best`` takes, and why; None where that was not looked into.
    """

    summary: StudySummary
    settings: tuple[Setting, ...]
    significance: Significance | None
    history: tuple[tuple[int, float], ...]
    marginals: tuple[Marginals, ...]
    typical_pruned: TrialResult | None
    pruning: Pruning
    confusion: Confusion | None
    no_mistakes: str
    failures: tuple[tuple[str, int], ...]
    recommendations: tuple[Recommendation, ...]
    choice: TrialChoice | None = None

    def to_json(self) -> dict[str, Any]:
        """For ``--json``: the summary's document with more keys."""
        significance = self.significance
        return {
            **self.summary.to_json(top=TOP),
            "settings": [
                {"name": each.name, "value": each.value, "default": each.default, "differs": each.differs}
                for each in self.settings
            ],
            "luck": None
            if significance is None
            else {
                "standard_error": significance.error,
                "rows": significance.rows,
                "within_one_standard_error": list(significance.within),
                "lead": significance.lead,
                "next_best": significance.next_best,
                "over_first": significance.over_first,
                "over_median": significance.over_median,
            },
            "chosen": None
            if self.choice is None
            else {
                "number": self.choice.trial.number,
                "within": list(self.choice.within),
                "why": self.choice.reason,
            },
            "history": [{"number": number, "value": value} for number, value in self.history],
            "by_parameter": [each.to_json() for each in self.marginals],
            "curves": {
                str(trial.number): list(trial.curve) for trial in (self.summary.best, self.typical_pruned) if trial
            },
            "pruning": {
                "pruner": self.pruning.pruner,
                "trials": self.pruning.trials,
                "epochs_run": self.pruning.epochs_run,
                "epochs_planned": self.pruning.epochs_planned,
                "saved_seconds": round(self.pruning.saved_seconds, 1),
                "share": round(self.pruning.share, 4),
                "ahead_of_best": list(self.pruning.ahead),
            },
            "mistakes": None if self.confusion is None else self.confusion.to_json(),
            "failures": [{"reason": reason, "trials": trials} for reason, trials in self.failures],
            "advice": [{"why": each.why, "command": each.command} for each in self.recommendations],
        }


def analyse_study(
    summary: StudySummary,
    folder: Path,
    data: Path,
    *,
    submitted: Collection[str] = (),
) -> StudyAnalysis:
    """Work out what a study has to say.

    Args:
        summary: The study, with importances.
        folder: ``studies/COMPETITION/NAME``, where answers are kept.
        data: ``data/COMPETITION``.
        submitted: What was submitted of it: "trial 3", "ensemble 5".

    Raises:
        DataError: The competition was not fetched.
    """
    limits = get_family(summary.family).limits(summary.images.resized_shape(read_schema(data).image_shape))
    confusion, error, choice, reason = None, None, None, "No trial is complete yet."
    best = summary.best
    if best is not None:
        try:
            dataset = load_dataset(data)
            answers = read_trial_oof(best, folder, dataset)
            confusion, reason = find_confusion(best.number, answers, dataset), ""
            error = score_error(summary.metric, dataset.train_labels, answers)
            choice = choose(summary, folder, dataset)
        except DataError as missing:
            reason = missing.message
    return understand(
        summary,
        error=error,
        confusion=confusion,
        no_mistakes=reason,
        choice=choice,
        submitted=submitted,
        limits=limits,
    )


def understand(
    summary: StudySummary,
    *,
    error: float | None = None,
    confusion: Confusion | None = None,
    no_mistakes: str = "",
    choice: TrialChoice | None = None,
    submitted: Collection[str] = (),
    limits: Mapping[str, int] | None = None,
) -> StudyAnalysis:
    """Work out what the trials say by themselves; see ``analyse_study``.

    ``error`` is the best score's standard error by its answers; for accuracy the number of rows gives it.
    """
    best = summary.best
    significance = None if best is None else find_significance(summary, best, error)
    pruning = _pruning(summary)
    return StudyAnalysis(
        summary=summary,
        settings=() if best is None else _settings(summary, best),
        significance=significance,
        history=_history(summary),
        marginals=by_parameter(summary),
        typical_pruned=typical_pruned(summary),
        pruning=pruning,
        confusion=confusion,
        no_mistakes=no_mistakes,
        failures=_failures(summary),
        recommendations=recommend(
            summary,
            near=len(significance.within) if significance else 0,
            ahead=len(pruning.ahead),
            taken=choice.trial.number if choice else None,
            submitted=submitted,
            limits=limits or {},
        ),
        choice=choice,
    )


def typical_pruned(summary: StudySummary) -> TrialResult | None:
    """Give the pruned trial of middling length, the one to show pruning by."""
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and trial.curve]
    return sorted(pruned, key=lambda trial: (trial.epochs_run, trial.number))[len(pruned) // 2] if pruned else None


def _settings(summary: StudySummary, best: TrialResult) -> tuple[Setting, ...]:
    return tuple(Setting(name, value, summary.defaults.get(name)) for name, value in best.params.items())


def _history(summary: StudySummary) -> tuple[tuple[int, float], ...]:
    history: list[tuple[int, float]] = []
    for trial in sorted(summary.top(len(summary.trials)), key=lambda trial: trial.number):
        if trial.value is not None and (not history or summary.measure.better(trial.value, history[-1][1])):
            history.append((trial.number, trial.value))
    return tuple(history)


def _pruning(summary: StudySummary) -> Pruning:
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and trial.curve]
    ahead: tuple[int, ...] = ()
    if (best := summary.best) is not None:
        ahead = tuple(
            trial.number
            for trial in pruned
            if trial.epochs_run <= best.epochs_run
            and not math.isnan(best.curve[trial.epochs_run - 1])
            and summary.measure.better(trial.curve[-1], best.curve[trial.epochs_run - 1])
        )
    return Pruning(
        pruner=summary.pruner,
        trials=len(pruned),
        epochs_run=sum(trial.epochs_run for trial in pruned),
        epochs_planned=sum(max(trial.planned or 0, trial.epochs_run) for trial in pruned),
        spent_seconds=summary.seconds,
        saved_seconds=summary.saved_seconds,
        ahead=ahead,
    )


def _failures(summary: StudySummary) -> tuple[tuple[str, int], ...]:
    failed = [trial for trial in summary.trials if trial.state == "failed"]
    counts = Counter(trial.failure_kind or trial.reason for trial in failed)
    reasons = {trial.failure_kind or trial.reason: trial.reason or "no reason is recorded" for trial in failed}
    return tuple((reasons[group], count) for group, count in counts.most_common())
