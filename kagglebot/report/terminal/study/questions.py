"""A study's answers to what anybody asks first: which settings won, by how much, is it luck, what mattered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.table import Table

from kagglebot.report import formatting
from kagglebot.report.widgets import facts

if TYPE_CHECKING:
    from kagglebot.analysis.significance import Luck
    from kagglebot.analysis.study_analysis import Insight, Pruning

_NAMED = 4
#: Complete trials from which the best looks noticeably better than it is, for having been picked.
_MANY = 10


def describe_answers(insight: "Insight") -> Table:
    """Draw question by question what the study answers, in a line or two each."""
    return facts([*answers(insight), *_next(insight)])


def answers(insight: "Insight") -> Iterator[tuple[str, str]]:
    """Give each question that the study answers, with its answer."""
    summary, luck, best = insight.summary, insight.luck, insight.summary.best
    if best is not None and luck is not None:
        error = f" ± {formatting.difference(luck.error)}" if luck.error is not None else ""
        measure = formatting.measure(summary.measure)
        yield (
            "What won?",
            f"Trial {best.number}: {measure} {formatting.score(best.value)}{error}, on {luck.rows:,} rows "
            f"it did not "
            f"train on ({summary.validation})",
        )
        yield "By how much?", _lead(luck)
        yield "Is it luck?", _luck(insight, luck)
        if insight.choice and insight.choice.reason:
            yield "Which is taken?", f"{insight.choice.reason} `--best` takes that."
    if summary.importances:
        ranked = sorted(summary.importances.items(), key=lambda item: -item[1])[:_NAMED]
        yield "What mattered?", ", ".join(_mattered(insight, name, share) for name, share in ranked)
    yield "Worth pruning?", _pruning(insight.pruning)


def _next(insight: "Insight") -> Iterator[tuple[str, str]]:
    if insight.advice:
        first = insight.advice[0]
        yield "What next?", f"{first.why}\n{first.command}".rstrip()


def _mattered(insight: "Insight", name: str, share: float) -> str:
    best = insight.summary.best
    won = f" (best: {formatting.setting(best.params[name])})" if best is not None and name in best.params else ""
    return f"{name} {share:.0%}{won}"


def _lead(luck: "Luck") -> str:
    parts = []
    if luck.lead is not None:
        parts.append(f"{formatting.difference(luck.lead)} better than the next best, trial {luck.next_best}")
    if luck.over_median is not None:
        parts.append(f"{formatting.difference(luck.over_median)} than the median")
    if luck.over_first is not None:
        parts.append(f"{formatting.difference(luck.over_first)} than trial 0")
    return ", ".join(parts) or "There is no other complete trial to compare it with."


def _luck(insight: "Insight", luck: "Luck") -> str:
    if luck.lead is None:
        return "One trial alone cannot tell."
    if luck.error is None:
        return f"Not known: {insight.no_mistakes or 'nothing says how sure its score is.'}"
    error = formatting.difference(luck.error)
    if luck.within:
        first, lie = len(luck.within) + 1, "lies" if len(luck.within) == 1 else "lie"
        others = (
            f"trial {luck.within[0]}" if first == 2 else f"{first - 1} others ({formatting.listed(luck.within)})"
        )
        text = f"Among the first {first} it may be: {others} {lie} within one standard error ({error})."
        if luck.over_median is not None and luck.over_median > 2 * luck.error:
            text += " Its lead over the median is no luck."
    elif not luck.error:
        behind = formatting.difference(luck.lead)
        text = f"Not known: with every row right nothing says how sure its score is; the next is {behind} behind."
    elif luck.lead < 2 * luck.error:
        text = f"Perhaps: no other trial lies within one standard error ({error}), but the next is not two away."
    else:
        text = f"Hardly: the next is {luck.lead / luck.error:.1f} standard errors ({error}) behind."
    if insight.summary.complete >= _MANY:
        text += f" As the best of {insight.summary.complete} its own score is a little too good."
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
