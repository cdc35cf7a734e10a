"""The making of a study's analysis."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kagglebot.analysis.best_trial.one_standard_error import select_best
from kagglebot.analysis.best_trial.optimism import find_optimism
from kagglebot.analysis.best_trial.shared_rows import Compared, compare_on_shared_rows
from kagglebot.analysis.best_trial.significance import find_significance
from kagglebot.analysis.confusion import Confusion, find_confusion, read_trial_oof
from kagglebot.analysis.marginals import find_marginals
from kagglebot.analysis.recommendations import recommend
from kagglebot.analysis.set_mistakes import SetMistakes, find_set_mistakes
from kagglebot.analysis.study_analysis import Pruning, Setting, StudyAnalysis
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError
from kagglebot.models.registry import get_family
from kagglebot.training.scoring.standard_error import score_error


def analyse_study(
    summary: StudySummary,
    folder: Path,
    data: Path,
    *,
    submitted: Collection[str] = (),
    option: str = "",
    shipped: bool = False,
) -> StudyAnalysis:
    """Analyse a study, with the out-of-fold predictions of its trials.

    Args:
        summary: The study, with importances.
        folder: ``studies/COMPETITION/NAME``, with the out-of-fold predictions.
        data: ``data/COMPETITION``.
        submitted: What was submitted of it: "trial 3", "ensemble 5".
        option: What commands for its competition end with, if they need it: " --competition NAME".
        shipped: Whether its definition is a shipped one, of which the workspace has no copy to edit.

    Raises:
        DataError: The competition was not fetched.
    """
    limits: Mapping[str, int] = {}
    confusion: Confusion | SetMistakes | None = None
    error, optimism, reason = None, None, "No trial is complete yet."
    groups: int | None = None
    shared: Mapping[int, Compared] = {}
    best = summary.best
    if best is not None:
        schema = read_schema(data)
        shape = schema.limited(summary.images).resized_shape(schema.image_shape)
        limits = get_family(best.family).limits(shape)
        try:
            dataset = load_dataset(data)
            oof = read_trial_oof(best, folder, dataset)
            find = find_set_mistakes if schema.several else find_confusion
            confusion, reason = find(best.number, oof, dataset), ""
            found = score_error(summary.metric, dataset.train_labels, oof, dataset.train_groups)
            error = None if math.isnan(found) else found
            optimism = find_optimism(summary, folder, dataset)
            summary = _with_rows(summary, best, len(oof.rows))
            shared = compare_on_shared_rows(summary, best, oof, folder, dataset)
            if summary.validation_groups and dataset.train_groups is not None:
                groups = len(np.unique(dataset.train_groups[oof.rows]))
        except DataError as missing:
            reason = missing.message
    return build_analysis(
        summary,
        error=error,
        confusion=confusion,
        no_confusion=reason,
        optimism=optimism,
        groups=groups,
        shared=shared,
        submitted=submitted,
        limits=limits,
        option=option,
        shipped=shipped,
    )


def _with_rows(summary: StudySummary, best: TrialResult, rows: int) -> StudySummary:
    """Return a summary that says how many rows the best trial was scored on: early versions did not store it."""
    if best.rows is not None:
        return summary
    trials = tuple(replace(each, rows=rows) if each.number == best.number else each for each in summary.trials)
    return replace(summary, trials=trials)


def build_analysis(
    summary: StudySummary,
    *,
    error: float | None = None,
    confusion: Confusion | SetMistakes | None = None,
    no_confusion: str = "",
    optimism: float | None = None,
    groups: int | None = None,
    shared: Mapping[int, Compared] = MappingProxyType({}),
    submitted: Collection[str] = (),
    limits: Mapping[str, int] | None = None,
    option: str = "",
    shipped: bool = False,
) -> StudyAnalysis:
    """Analyse the trials alone; see ``analyse_study``.

    ``error`` is the standard error of the best score; for accuracy it follows from the number of rows. ``groups``
    is the number of groups that its rows are in, and ``shared`` compares it with trials of other rows.
    """
    best = summary.best
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and (trial.curve or trial.seconds)]
    with_curve = sorted(
        filter(lambda trial: trial.curve, pruned), key=lambda trial: (trial.epochs_run, trial.number)
    )
    settings = {} if best is None else best.params
    significance = None
    if best is not None:
        counted = summary.groups_of(best) if groups is None else groups
        significance = find_significance(summary, best, error, groups=counted, shared=shared)
    pruning, near = _pruning(summary, pruned), len(significance.within) if significance else 0
    ahead = len(pruning.ahead)
    steps = recommend(summary, near=near, ahead=ahead, submitted=submitted, limits=limits or {}, shipped=shipped)
    return StudyAnalysis(
        summary=summary,
        settings=tuple(Setting(name, value, summary.defaults.get(name)) for name, value in settings.items()),
        significance=significance,
        history=_history(summary),
        marginals=find_marginals(summary),
        typical_pruned=with_curve[len(with_curve) // 2] if with_curve else None,
        pruning=pruning,
        confusion=confusion,
        no_confusion=no_confusion,
        failures=_failures(summary),
        recommendations=tuple(replace(each, command=each.command and each.command + option) for each in steps),
        selected=None if best is None else select_best(summary),
        optimism=optimism,
    )


def _history(summary: StudySummary) -> tuple[tuple[int, float], ...]:
    history: list[tuple[int, float]] = []
    for trial in sorted(summary.top(len(summary.trials)), key=lambda trial: trial.number):
        if trial.value is not None and (not history or summary.measure.better(trial.value, history[-1][1])):
            history.append((trial.number, trial.value))
    return tuple(history)


def _pruning(summary: StudySummary, pruned: Sequence[TrialResult]) -> Pruning:
    ahead: tuple[int, ...] = ()
    if (best := summary.best) is not None:
        ahead = tuple(
            trial.number
            for trial in pruned
            if 0 < trial.epochs_run <= best.epochs_run
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
