"""The sections of the page beside its plots, as text."""

import json
import shlex
from dataclasses import dataclass

from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import STATES, TrialResult
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.report import formatting

#: Of the recorded versions, those that the pip command leaves out.
_NOT_PINNED = ("python", "kagglebot")


@dataclass(frozen=True)
class Rebuild:
    """How to train the best trial's model again."""

    lead: str
    commands: str
    versions: tuple[tuple[str, str], ...]
    settings: str


def lead(summary: StudySummary) -> str:
    """Return a sentence on what the study is."""
    images = "" if summary.images == ImageRule() else f" Images: {formatting.images(summary.images)}."
    return (
        f"A search over models of the {formatting.families(summary.family)}, "
        f"scored by {formatting.measure(summary.measure)} on "
        f"{formatting.validation_rows(summary.validation_rows, summary.validation_groups)} "
        f"({summary.validation}).{images}"
    )


def tiles(analysis: StudyAnalysis) -> list[tuple[str, str, str]]:
    """Return the best score, its lead over trial 0, the trials and the time: name, value and a remark each."""
    summary, significance, pruning = analysis.summary, analysis.significance, analysis.pruning
    best = summary.best
    found = []
    if best is not None and significance is not None:
        error = "" if significance.error is None else f" ± {formatting.difference(significance.error)}"
        found.append(
            (f"Best {summary.measure.text}", formatting.score(best.value), f"{error} by trial {best.number}")
        )
        if significance.over_first is not None and significance.over_first > 0:
            lead_over_first = formatting.difference(significance.over_first)
            found.append(("Better than trial 0 by", lead_over_first, "the first trial of the study"))
    counts = [f"{summary.count(state)} {state}" for state in STATES if summary.count(state)]
    found.append(("Trials", f"{len(summary.trials):,}", ", ".join(counts) or "none has started"))
    if summary.seconds:
        saved = f"; pruning saved {formatting.duration(pruning.saved_seconds)}, {pruning.share:.0%}"
        remark = "summed over workers" + (saved if summary.pruned else "")
        found.append(("Time spent", formatting.duration(summary.seconds), remark))
    return found


def best_trial(summary: StudySummary) -> list[tuple[str, str]]:
    """Return the best trial's score, epochs, time and more; empty where no trial is complete."""
    trial = summary.best
    if trial is None:
        return []
    facts = [
        (formatting.title(summary.measure.text), formatting.score(trial.value)),
        ("Epochs", formatting.epochs(trial)),
        ("Time", formatting.duration(trial.seconds)),
    ]
    if trial.other_seed_of is not None:
        facts.append(("Another seed of", f"trial {trial.other_seed_of}"))
    if trial.continues is not None:
        where = f"after {formatting.count(trial.epochs_before, 'epoch')}" if trial.repeats is None else "its folds"
        facts.append(("Continued", f"trial {trial.continues}, {where}"))
    if trial.parameter_count is not None:
        facts.append(("Parameter count", f"{trial.parameter_count:,}"))
    if trial.tta_score is not None:
        facts.append(("TTA", formatting.tta(trial)))
    facts += formatting.adjusted(summary.measure, trial)
    return facts


def rebuild(summary: StudySummary) -> Rebuild | None:
    """Return how to train the best trial's model again; None where no trial is complete."""
    trial = summary.best
    if trial is None:
        return None
    pins = [f"{name}=={version}" for name, version in trial.versions.items() if name not in _NOT_PINNED]
    lines = ["pip install " + " ".join(map(shlex.quote, pins))] if pins else []
    competition = shlex.quote(summary.competition)
    lines.append(f"kagglebot fetch {competition}")
    lines.append(
        f"kagglebot train {shlex.quote(summary.study)} --trial {trial.number} --from-scratch "
        f"--competition {competition}"
    )
    settings = {**trial.settings, "seed": trial.seed}
    return Rebuild(
        f"In the workspace of this study, these commands train trial {trial.number} on all rows, for as many "
        "epochs as validation chose. The same data, seed and versions give the same model, bit by bit on one "
        "thread.",
        "\n".join(lines),
        (*trial.versions.items(), *_machine(trial)),
        json.dumps(settings, indent=2, ensure_ascii=False, default=str),
    )


def _machine(trial: TrialResult) -> list[tuple[str, str]]:
    """Return what else the weights depend on, where it was recorded."""
    found = [
        (name, str(trial.made_with[name]))
        for name in ("backend", "device", "precision", "platform", "threads")
        if name in trial.made_with
    ]
    digest = str(trial.made_with.get("digest", ""))
    return [*found, ("data", f"{digest[:12]}…")] if digest else found
