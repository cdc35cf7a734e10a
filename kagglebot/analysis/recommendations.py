"""Recommendations for the next steps with a study."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.errors import KagglebotError
from kagglebot.models.registry import get_family
from kagglebot.study_config.space import Dimension, plain_name
from kagglebot.training.registry import split_settings

#: Complete and pruned trials from which the sampler knows the search space a little.
ENOUGH_TRIALS = 20
#: Complete trials after which a pruner should have pruned at least one.
_IDLE_PRUNER = 12
#: Share of failed trials from which they are mentioned.
_MANY_FAILED = 0.25
_ENSEMBLE = 5


@dataclass(frozen=True)
class Recommendation:
    """A next step.

    Attributes:
        reason: What to do and why, in a sentence.
        command: The command line; empty if there is none.
    """

    reason: str
    command: str = ""


def recommend(
    summary: StudySummary,
    *,
    near: int,
    ahead: int,
    submitted: Collection[str],
    limits: Mapping[str, int],
    shipped: bool = False,
) -> Iterator[Recommendation]:
    """Yield what to do next, the most promising first.

    Args:
        summary: The study.
        near: Number of other trials whose score lies within one standard error of the best.
        ahead: Number of pruned trials that were better than the best trial at that epoch.
        submitted: What was submitted of it: "trial 3", "ensemble 5".
        limits: Largest values of parameters that are possible with the size of the competition's images.
        shipped: Whether its definition is a shipped one, of which the workspace has no copy to edit.
    """
    name, best = summary.study, summary.best
    tune = f"kagglebot tune {name}"
    ran = summary.complete + summary.pruned
    if summary.failed > _MANY_FAILED * (ran + summary.failed):
        failed = f"{summary.failed} of {ran + summary.failed} trials failed"
        yield Recommendation(f"{failed}: see the reasons above and worker.log in the study's folder.")
    if best is None:
        yield Recommendation("No trial is complete yet.", f"{tune} --trials 10")
        return
    if ran < ENOUGH_TRIALS:
        few = "1 trial has" if ran == 1 else f"{ran} trials have"
        yield Recommendation(f"Only {few} run: the search has just begun.", f"{tune} --trials {ENOUGH_TRIALS}")
    elif summary.trials[-1].number and best.number >= 0.75 * summary.trials[-1].number:
        yield Recommendation(
            f"The best trial came late, as trial {best.number}: more trials may find a better one.",
            f"{tune} --trials 20",
        )
    if f"trial {best.number}" not in submitted:
        yield Recommendation("The best trial has not been submitted.", f"kagglebot submit {name} --best")
    if near >= 2 and not any(label.startswith("ensemble") for label in submitted):
        reason = f"{near} other trials are not significantly worse than the best; an ensemble usually is better."
        yield Recommendation(reason, f"kagglebot submit {name} --ensemble {_ENSEMBLE}")
    for reason in (*_edges(summary, best, limits, shipped=shipped), *_pruner(summary, ahead, shipped=shipped)):
        yield Recommendation(reason, f"{tune} --trials {ENOUGH_TRIALS}")
    if waiting := summary.count("waiting"):
        has = "1 trial is" if waiting == 1 else f"{waiting} trials are"
        yield Recommendation(f"{has} waiting to be run.", f"{tune} --trials {waiting}")


def _edges(summary: StudySummary, best: TrialResult, limits: Mapping[str, int], *, shipped: bool) -> Iterator[str]:
    """Recommend wider ranges for the parameters whose best value lies at an end of its range."""
    wider = []
    for name, value in best.params.items():
        dimension = summary.space.get(name)
        if dimension is None or isinstance(value, bool | str) or not _matters(summary, name):
            continue
        if plain_name(name) == "epochs" and best.epochs is not None and best.epochs < best.epochs_run:
            continue  # it got worse before the last epoch
        if (beyond := _beyond(dimension, value)) is not None and _possible(best, name, beyond, limits):
            end = "low" if beyond < value else "high"
            wider.append(f"{name} = {_text(value)} (try {end} = {_text(beyond)})")
    if wider:
        ends = "the end of its range" if len(wider) == 1 else "the ends of their ranges"
        edit = _edit(summary.study, "widen [space]", shipped=shipped)
        yield f"The best trial is at {ends} with {', '.join(wider)}: {edit}."


def _matters(summary: StudySummary, name: str) -> bool:
    """Return whether a parameter has at least its even share of the importance."""
    return summary.importances.get(name, 0.0) * len(summary.importances) >= 1


def _beyond(dimension: Dimension, value: Any) -> float | int | None:
    """Return a value half a range further, or half or twice as large on a log scale; None inside the range."""
    low, high = dimension.low, dimension.high
    if low is None or high is None or low == high or value not in (low, high):
        return None
    if dimension.log:
        further: float = value / 2 if value == low else value * 2
    else:
        reach = (high - low) / 2
        if dimension.step:
            reach = max(1, round(reach / dimension.step)) * dimension.step
        further = value - reach if value == low else value + reach
    if isinstance(value, int):
        further = int(further)
        return further if further != value else None
    return round(further, 12)


def _possible(best: TrialResult, name: str, beyond: float | int, limits: Mapping[str, int]) -> bool:
    """Return whether a model can be built with that value for these images."""
    if beyond > limits.get(plain_name(name), beyond):
        return False
    try:
        split_settings(get_family(best.family), {**best.settings, plain_name(name): beyond})
    except KagglebotError:
        return False
    return True


def _pruner(summary: StudySummary, ahead: int, *, shipped: bool) -> Iterator[str]:
    """Recommend another warm-up where the pruner never prunes, or prunes what was ahead of the best trial."""
    if summary.pruner in ("", "none"):
        return
    if not summary.pruned and summary.complete >= _IDLE_PRUNER:
        reason = f"The {summary.pruner} pruner pruned none of {summary.complete} trials"
        edit = _edit(summary.study, "lower warmup_epochs under [pruner]", shipped=shipped)
        yield f"{reason}: to save time, {edit}."
    elif ahead > 0.25 * summary.pruned:
        reason = f"{ahead} of {summary.pruned} pruned trials were ahead of the best when they were pruned"
        edit = _edit(summary.study, "raise warmup_epochs under [pruner]", shipped=shipped)
        yield f"{reason}: to give trials more time, {edit}."


def _edit(study: str, change: str, *, shipped: bool) -> str:
    """Return what to do for a change of a study's definition, of which a shipped one has to be copied first."""
    first = f"copy the shipped definition with `kagglebot init --study {study}`, then " if shipped else ""
    return f"{first}{change} in studies/{study}.toml"


def _text(value: float | int) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
