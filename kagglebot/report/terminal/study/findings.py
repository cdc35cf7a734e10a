"""A study's answers to what anybody asks first: which settings won, by how much, is it luck, what mattered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from kagglebot.report import formatting
from kagglebot.report.widgets import facts

if TYPE_CHECKING:
    from kagglebot.analysis.significance import Significance
    from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis

_NAMED = 4
#: Complete trials from which the best looks noticeably better than it is, for having been picked.
_MANY = 10


def describe_answers(analysis: "StudyAnalysis") -> Table:
    """Draw question by question what the study answers, in a line or two each."""
    return facts([*answers(analysis), *_next(analysis)])


def answers(analysis: "StudyAnalysis") -> Iterator[tuple[str, str]]:
    """Give each question that the study answers, with its answer."""
    summary, significance, best = analysis.summary, analysis.significance, analysis.summary.best
    if best is not None and significance is not None:
        error = f" ± {formatting.difference(significance.error)}" if significance.error is not None else ""
        measure = formatting.measure(summary.measure)
        yield (
            "What won?",
            f"Trial {best.number}: {measure} {formatting.score(best.value)}{error}, on {significance.rows:,} rows "
            f"it did not "
            f"train on ({summary.validation})",
        )
        yield "By how much?", _lead(significance)
        yield "Is it luck?", _luck(analysis, significance)
        if analysis.choice and analysis.choice.reason:
            yield "Which is taken?", f"{analysis.choice.reason} `--best` takes that."
    if summary.importances:
        ranked = sorted(summary.importances.items(), key=lambda item: -item[1])[:_NAMED]
        yield "What mattered?", ", ".join(_mattered(analysis, name, share) for name, share in ranked)
    yield "Worth pruning?", _pruning(analysis.pruning)


def _next(analysis: "StudyAnalysis") -> Iterator[tuple[str, str]]:
    if analysis.recommendations:
        first = analysis.recommendations[0]
        yield "What next?", f"{first.why}\n{first.command}".rstrip()


def _mattered(analysis: "StudyAnalysis", name: str, share: float) -> str:
    best = analysis.summary.best
    won = f" (best: {formatting.setting(best.params[name])})" if best is not None and name in best.params else ""
    return f"{name} {share:.0%}{won}"


def _lead(significance: "Significance") -> str:
    parts = []
    if significance.lead is not None:
        parts.append(
            f"{formatting.difference(significance.lead)} better than the next best, trial {significance.next_best}"
        )
    if significance.over_median is not None:
        parts.append(f"{formatting.difference(significance.over_median)} than the median")
    if significance.over_first is not None:
        parts.append(f"{formatting.difference(significance.over_first)} than trial 0")
    return ", ".join(parts) or "There is no other complete trial to compare it with."


def _luck(analysis: "StudyAnalysis", significance: "Significance") -> str:
    if significance.lead is None:
        return "One trial alone cannot tell."
    if significance.error is None:
        return f"Not known: {analysis.no_mistakes or 'nothing says how sure its score is.'}"
    error = formatting.difference(significance.error)
    if significance.within:
        first, lie = len(significance.within) + 1, "lies" if len(significance.within) == 1 else "lie"
        others = (
            f"trial {significance.within[0]}"
            if first == 2
            else f"{first - 1} others ({formatting.listed(significance.within)})"
        )
        text = f"Among the first {first} it may be: {others} {lie} within one standard error ({error})."
        if significance.over_median is not None and significance.over_median > 2 * significance.error:
            text += " Its lead over the median is no luck."
    elif not significance.error:
        behind = formatting.difference(significance.lead)
        text = f"Not known: with every row right nothing says how sure its score is; the next is {behind} behind."
    elif significance.lead < 2 * significance.error:
        text = f"Perhaps: no other trial lies within one standard error ({error}), but the next is not two away."
    else:
        text = (
            f"Hardly: the next is {significance.lead / significance.error:.1f} standard errors ({error}) behind."
        )
    if analysis.summary.complete >= _MANY:
        text += f" As the best of {analysis.summary.complete} its own score is a little too good."
    return text


def _pruning(pruning: "Pruning") -> str:
    if not pruning.trials:
        return "No trial was given up." if pruning.pruner != "none" else "This study gives no trial up."
    saved = f"about {formatting.duration(pruning.saved_seconds)} ({pruning.share:.0%}) saved"
    if not pruning.ahead:
        return f"Yes: {saved}, and no trial given up was ahead of the best at that point."
    were = "was" if len(pruning.ahead) == 1 else "were"
    doubtful = "In doubt" if len(pruning.ahead) > 0.25 * pruning.trials else "Mostly"
    tried = formatting.count(pruning.trials, "trial")
    ahead = f"{len(pruning.ahead)} of {tried} {were} ahead of the best when given up"
    return f"{doubtful}: {saved}, but {ahead} ({formatting.listed(pruning.ahead)})."
