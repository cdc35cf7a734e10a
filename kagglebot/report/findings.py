"""The findings of a study in a few lines: best trial, lead, significance, importances, pruning, next step."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from kagglebot.report import formatting
from kagglebot.report.widgets import facts
from kagglebot.system.listing import listed

if TYPE_CHECKING:
    from kagglebot.analysis.best_trial.significance import Significance
    from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis

_MOST_IMPORTANT = 4
_SHOWN = 6  # numbers of trials in a sentence
#: Complete trials from which the best score is noticeably optimistic, because it was selected.
_MANY = 10


def describe_findings(analysis: "StudyAnalysis") -> Table:
    """Return the findings as a table, with the next step last."""
    rows = list(findings(analysis))
    if analysis.recommendations:
        first = analysis.recommendations[0]
        rows.append(("Next", f"{first.reason}\n{first.command}".rstrip()))
    return facts(rows)


def findings(analysis: "StudyAnalysis") -> Iterator[tuple[str, str]]:
    """Yield each finding with its name."""
    summary, significance, best = analysis.summary, analysis.significance, analysis.summary.best
    if best is not None and significance is not None:
        error = f" ± {formatting.difference(significance.error)}" if significance.error is not None else ""
        yield (
            "Best trial",
            f"Trial {best.number}: {formatting.measure(summary.measure)} {formatting.score(best.value)}{error} on "
            f"{formatting.validation_rows(significance.rows, significance.groups, summary.validation_rows)} "
            f"({summary.validation})",
        )
        yield "Lead", _lead(significance)
        yield "Significant", _significant(analysis, significance)
        if analysis.selected and analysis.selected.reason:
            yield "Selected", analysis.selected.reason
    if summary.importances:
        ranked = sorted(summary.importances.items(), key=lambda item: -item[1])[:_MOST_IMPORTANT]
        yield "Importances", ", ".join(_importance(analysis, name, share) for name, share in ranked)
    yield "Pruning", _pruning(analysis.pruning)
    if others := [trial.number for trial in summary.trials if summary.is_of_other_data(trial)]:
        unranked = "" if best is not None and best.number in others else ", and are not ranked"
        trials = "Trial" if len(others) == 1 else "Trials"
        yield "Data", f"{trials} {listed(others, _SHOWN)} learned from other data than is here now{unranked}."


def _importance(analysis: "StudyAnalysis", name: str, share: float) -> str:
    best = analysis.summary.best
    value = f" (best: {formatting.setting(best.params[name])})" if best is not None and name in best.params else ""
    return f"{name} {share:.0%}{value}"


def _lead(significance: "Significance") -> str:
    rows = significance.lead_rows
    on = "" if rows is None else f" (on the {rows:,} rows of both)"
    others = {
        f"the next best, trial {significance.next_best}{on}": significance.lead,
        "the median": significance.over_median,
        "trial 0": significance.over_first,
    }
    parts: list[str] = []
    how = ""
    for name, gain in others.items():
        if gain is not None:
            # Within one standard error log loss decides: others may have a higher score.
            how = "behind" if gain < 0 else "better than" if how in ("", "behind") else "than"
            parts.append(f"{formatting.difference(abs(gain))} {how} {name}")
    if significance.lead is None and significance.next_best is not None:
        parts.insert(0, f"{formatting.title(_on_other_rows(significance))} and is not compared")
    return ", ".join(parts) or "There is no other complete trial to compare it with."


def _on_other_rows(significance: "Significance") -> str:
    return f"trial {significance.next_best}, the next best, was scored on other rows"


def _significant(analysis: "StudyAnalysis", significance: "Significance") -> str:
    if significance.lead is None and significance.next_best is not None:
        return f"Unknown: {_on_other_rows(significance)}, and predictions of both are not here."
    if significance.lead is None:
        return "Unknown with one complete trial."
    if significance.error is None or significance.lead_error is None:
        return f"Unknown: {analysis.no_confusion or 'the standard error of its score is not known.'}"
    error = formatting.difference(significance.lead_error)
    if significance.within:
        count = len(significance.within)
        others = (
            f"trial {significance.within[0]} lies"
            if count == 1
            else f"{count} other trials ({listed(significance.within, _SHOWN)}) lie"
        )
        text = f"No: {others} within one standard error ({error})."
        if significance.over_median is not None and significance.over_median > 2 * significance.error:
            text += " Its lead over the median is significant."
    elif not significance.error:
        behind = formatting.difference(significance.lead)
        text = f"Unknown: with every row right there is no standard error; the next trial is {behind} behind."
    elif significance.lead < 2 * significance.lead_error:
        text = f"Perhaps: the next trial is more than one standard error ({error}) behind, but less than two."
    else:
        errors = significance.lead / significance.lead_error
        text = f"Yes: the next trial is {errors:.1f} standard errors ({error}) behind."
    if analysis.optimism is not None:
        text += f" {formatting.optimism(analysis.optimism)}"
    elif analysis.summary.complete >= _MANY:
        text += f" As the best of {analysis.summary.complete} trials its score is slightly optimistic."
    return text


def _pruning(pruning: "Pruning") -> str:
    if not pruning.trials:
        return "No trial was pruned." if pruning.pruner != "none" else "This study has no pruner."
    saved = f"Saved about {formatting.duration(pruning.saved_seconds)} ({pruning.share:.0%})"
    if not pruning.ahead:
        return f"{saved}; no pruned trial was ahead of the best trial at that epoch."
    were = "was" if len(pruning.ahead) == 1 else "were"
    pruned = formatting.count(pruning.trials, "pruned trial")
    ahead = f"{len(pruning.ahead)} of {pruned} ({listed(pruning.ahead, _SHOWN)}) {were} ahead of the best trial"
    advice = ": it may prune too early" if len(pruning.ahead) > 0.25 * pruning.trials else ""
    return f"{saved}, but {ahead} at that epoch{advice}."
