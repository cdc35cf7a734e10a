"""What the page says in words and figures beside its plots, of a study that is understood."""

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


#: Of the versions kept, what the line for pip leaves out: what runs pip, and what the reader has.
_NOT_PINNED = ("python", "kagglebot")


@dataclass(frozen=True)
class Tile:
    """One figure that stands out, with what it is and what more there is to say."""

    name: str
    value: str
    more: str


@dataclass(frozen=True)
class Shown:
    """A setting of the best trial beside its default, as text."""

    name: str
    value: str
    default: str
    differs: bool


@dataclass(frozen=True)
class Group:
    """Trials that have a setting in common: how many, their best and their middle score."""

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
    settings: tuple[Shown, ...]


@dataclass(frozen=True)
class Rebuild:
    """How the best trial's model is made again."""

    lead: str
    commands: str
    versions: tuple[tuple[str, str], ...]
    settings: str


@dataclass(frozen=True)
class Sent:
    """A submission."""

    when: str
    made_by: str
    status: str
    validation: str
    public: str
    remark: str


def lead(summary: StudySummary) -> str:
    """Say what the study is, in a sentence."""
    images = "" if summary.images == ImageRule() else f" Images: {formatting.images(summary.images)}."
    return (
        f"A search over models of the family {summary.family}, scored by {formatting.measure(summary.measure)} on "
        f"{summary.validation_rows:,} rows that no trial trained on ({summary.validation}).{images}"
    )


def tiles(analysis: StudyAnalysis) -> list[Tile]:
    """Give the figures that are looked for first: how good, how much better, how many, how long."""
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
                    "the first settings of the study",
                )
            )
    counts = [f"{summary.count(state)} {state}" for state in STATES if summary.count(state)]
    found.append(Tile("Trials", f"{len(summary.trials):,}", ", ".join(counts) or "none has begun"))
    if summary.seconds:
        saved = (
            f"; pruning saved {formatting.duration(pruning.saved_seconds)}, {pruning.share:.0%}"
            if summary.pruned
            else ""
        )
        found.append(Tile("Time spent", formatting.duration(summary.seconds), f"added up over workers{saved}"))
    return found


def best_trial(analysis: StudyAnalysis) -> Best | None:
    """Give the best trial's facts and settings; None where no trial is complete."""
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
            ("Went on from", f"trial {trial.continues}, after {formatting.count(trial.epochs_before, 'epoch')}")
        )
    if trial.parameter_count is not None:
        facts.append(("Weights", f"{trial.parameter_count:,}"))
    if trial.tta_score is not None:
        facts.append(("Views", formatting.tta(trial)))
    settings = tuple(
        Shown(each.name, formatting.setting(each.value), _default(each.default), each.differs)
        for each in analysis.settings
    )
    return Best(trial.number, tuple(facts), settings)


def groups(analysis: StudyAnalysis) -> list[Group]:
    """Give the scores by depth, by width and by epochs; nothing where none of them varies."""
    return [
        Group(
            marginals.name,
            " to ".join(dict.fromkeys((formatting.setting(level.low), formatting.setting(level.high)))),
            f"{len(level.trials):,}",
            f"{level.pruned:,}",
            formatting.score(level.best),
            formatting.score(level.median),
        )
        for marginals in analysis.marginals
        if marginals.name in {*DEPTH, *WIDTH, *LENGTH}
        for level in marginals.marginals
    ]


def _default(value: object) -> str:
    return "-" if value is None else formatting.setting(value)


def rebuild(summary: StudySummary) -> Rebuild | None:
    """Say how the best trial's model is made again; None where no trial is complete."""
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
        f"In the folder that holds this study: trial {trial.number}'s settings are trained on all rows, for the "
        "epochs validation chose. The same data, seed and versions give the same model, on one thread to the bit.",
        "\n".join(lines),
        (*trial.versions.items(), *_machine(trial)),
        json.dumps(settings, indent=2, ensure_ascii=False, default=str),
    )


def _machine(trial: TrialResult) -> list[tuple[str, str]]:
    """Give what else decided the weights, where it was kept."""
    found = [
        (name, str(trial.made_with[name]))
        for name in ("backend", "device", "precision", "platform", "threads")
        if name in trial.made_with
    ]
    digest = str(trial.made_with.get("digest", ""))
    return [*found, ("data", f"{digest[:12]}…")] if digest else found


def submissions(entries: "Sequence[LedgerEntry]") -> list[Sent]:
    """Give the submissions, oldest first, local beside public score."""
    return [
        Sent(
            entry.time[:16].replace("T", " "),
            entry.model,
            entry.status,
            formatting.score(entry.validation_score),
            formatting.score(entry.public_score),
            entry.error or entry.message,
        )
        for entry in entries
    ]
