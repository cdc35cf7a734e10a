"""The sections of the page beside its plots, as text."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kagglebot.analysis.marginals import DEPTH, LENGTH, WIDTH
from kagglebot.analysis.results import STATES, StudySummary, TrialResult
from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry


#: Of the recorded versions, those that the pip command leaves out.
_NOT_PINNED = ("python", "kagglebot")


@dataclass(frozen=True)
class Tile:
    """A large number with its name and a remark."""

    name: str
    value: str
    more: str


@dataclass(frozen=True)
class ParameterRow:
    """A parameter of the best trial beside its default, as text."""

    name: str
    value: str
    default: str
    differs: bool


@dataclass(frozen=True)
class Group:
    """The trials that share the value of a parameter: how many, their best and their median score."""

    name: str
    value: str
    trials: str
    pruned: str
    best: str
    median: str


@dataclass(frozen=True)
class Best:
    """The best trial."""

    number: int
    facts: tuple[tuple[str, str], ...]
    settings: tuple[ParameterRow, ...]


@dataclass(frozen=True)
class Rebuild:
    """How to train the best trial's model again."""

    lead: str
    commands: str
    versions: tuple[tuple[str, str], ...]
    settings: str


@dataclass(frozen=True)
class SubmissionRow:
    """A submission."""

    when: str
    made_by: str
    status: str
    validation: str
    public: str
    remark: str


def lead(summary: StudySummary) -> str:
    """Return a sentence on what the study is."""
    images = "" if summary.images == ImageRule() else f" Images: {formatting.images(summary.images)}."
    return (
        f"A search over models of the family {summary.family}, scored by {formatting.measure(summary.measure)} on "
        f"{summary.validation_rows:,} validation rows ({summary.validation}).{images}"
    )


def tiles(analysis: StudyAnalysis) -> list[Tile]:
    """Return the best score, its lead over trial 0, the number of trials and the time."""
    summary, significance, pruning = analysis.summary, analysis.significance, analysis.pruning
    best = summary.best
    found = []
    if best is not None and significance is not None:
        error = "" if significance.error is None else f" ± {formatting.difference(significance.error)}"
        found.append(
            Tile(f"Best {summary.measure.text}", formatting.score(best.value), f"{error} by trial {best.number}")
        )
        if significance.over_first:
            found.append(
                Tile(
                    "Better than trial 0 by",
                    formatting.difference(significance.over_first),
                    "the first trial of the study",
                )
            )
    counts = [f"{summary.count(state)} {state}" for state in STATES if summary.count(state)]
    found.append(Tile("Trials", f"{len(summary.trials):,}", ", ".join(counts) or "none has started"))
    if summary.seconds:
        saved = (
            f"; pruning saved {formatting.duration(pruning.saved_seconds)}, {pruning.share:.0%}"
            if summary.pruned
            else ""
        )
        found.append(Tile("Time spent", formatting.duration(summary.seconds), f"summed over workers{saved}"))
    return found


def best_trial(analysis: StudyAnalysis) -> Best | None:
    """Return the best trial's facts and parameters; None where no trial is complete."""
    summary, trial = analysis.summary, analysis.summary.best
    if trial is None:
        return None
    facts = [
        (formatting.title(summary.measure.text), formatting.score(trial.value)),
        ("Epochs", formatting.epochs(trial)),
        ("Time", formatting.duration(trial.seconds)),
    ]
    if trial.continues is not None:
        facts.append(
            ("Continued", f"trial {trial.continues}, after {formatting.count(trial.epochs_before, 'epoch')}")
        )
    if trial.parameter_count is not None:
        facts.append(("Parameter count", f"{trial.parameter_count:,}"))
    if trial.tta_score is not None:
        facts.append(("TTA", formatting.tta(trial)))
    settings = tuple(
        ParameterRow(each.name, formatting.setting(each.value), _default(each.default), each.differs)
        for each in analysis.settings
    )
    return Best(trial.number, tuple(facts), settings)


def groups(analysis: StudyAnalysis) -> list[Group]:
    """Return the scores by depth, width and epochs; empty where none of them varies."""
    return [
        Group(
            marginals.name,
            " to ".join(dict.fromkeys((formatting.setting(each.low), formatting.setting(each.high)))),
            f"{len(each.trials):,}",
            f"{each.pruned:,}",
            formatting.score(each.best),
            formatting.score(each.median),
        )
        for marginals in analysis.marginals
        if marginals.name in {*DEPTH, *WIDTH, *LENGTH}
        for each in marginals.bins
    ]


def _default(value: object) -> str:
    return "-" if value is None else formatting.setting(value)


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
        f"kagglebot train {shlex.quote(summary.study)} --trial {trial.number} --competition {competition}"
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


def submissions(entries: "Sequence[LedgerEntry]") -> list[SubmissionRow]:
    """Return the submissions, oldest first, with local and public scores."""
    return [
        SubmissionRow(
            entry.time[:16].replace("T", " "),
            entry.model,
            entry.status,
            formatting.score(entry.validation_score),
            formatting.score(entry.public_score),
            entry.error or entry.message,
        )
        for entry in entries
    ]
