"""The comparison of studies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import heading, table

if TYPE_CHECKING:
    from rich.table import Table

    from kagglebot.analysis.comparison import Comparison, Difference
    from kagglebot.analysis.study_analysis import StudyAnalysis


def describe_comparison(comparison: "Comparison") -> RenderableType:
    """Return which study is best, whether significantly, and how the settings of their best trials differ."""
    return Group(*_sections(comparison))


def _sections(comparison: "Comparison") -> Iterator[RenderableType]:
    first = comparison.analyses[0].summary
    yield Text.assemble((first.competition, "bold"), f", {formatting.count(len(comparison.analyses), 'study')}")
    yield Text()
    yield from _verdict(comparison)
    yield Text()
    yield _studies(comparison)
    if comparison.settings:
        yield heading("Settings that differ")
        yield _settings(comparison)


def _verdict(comparison: "Comparison") -> Iterator[RenderableType]:
    metrics = {each.summary.metric for each in comparison.analyses if each.summary.best}
    if comparison.best is None:
        yield Text("Their metrics differ, so they cannot be ranked." if metrics else "No study has a score yet.")
        return
    if not comparison.differences:
        yield Text.assemble((comparison.best, "bold"), " is the only study with a score.")
    for each in comparison.differences:
        yield Text.assemble((comparison.best, "bold"), " over ", (each.study, "bold"), f": {_gain(each)}")


def _gain(difference: "Difference") -> str:
    gain = f"{formatting.difference(difference.gain)} better"
    if difference.error is None:
        return f"{gain}. The standard error is not known, as their trials have no out-of-fold predictions."
    error = f"± {formatting.difference(difference.error)}"
    if difference.significant:
        verdict = "significant"
    elif difference.gain > difference.error:
        verdict = "perhaps significant"
    else:
        verdict = "not significant"
    kind = "paired by row" if difference.paired else "unpaired"
    return f"{gain} ({error}, {kind}): {verdict}."


def _studies(comparison: "Comparison") -> "Table":
    drawn = table()
    drawn.add_column("", style="bold")
    for each in comparison.analyses:
        best = each.summary.study == comparison.best
        drawn.add_column(
            f"★ {each.summary.study}" if best else each.summary.study, justify="right", overflow="fold"
        )
    rows = [_column(each) for each in comparison.analyses]
    for name in rows[0]:
        drawn.add_row(name, *(row[name] for row in rows))
    return drawn


def _column(analysis: "StudyAnalysis") -> dict[str, str]:
    summary, best, significance = analysis.summary, analysis.summary.best, analysis.significance
    rows, groups = (significance.rows, significance.groups) if significance else (summary.validation_rows, 0)
    in_groups = f" {formatting.count(groups, 'group')}" if groups else ""
    return {
        "Metric": formatting.measure(summary.measure),
        "Best score": formatting.score(best.value if best else None),
        "Standard error": formatting.difference(significance.error)
        if significance and significance.error is not None
        else "-",
        "Rows": f"{rows:,}" + (f",{in_groups} by {summary.group}" if summary.group else ""),
        "Best trial": str(best.number) if best else "-",
        "Its time": formatting.duration(best.seconds) if best else "-",
        "Complete": str(summary.complete),
        "Pruned": str(summary.pruned),
        "Failed": str(summary.failed),
        "Time": formatting.duration(summary.seconds),
        "Saved": formatting.duration(summary.saved_seconds),
        "Family": summary.family,
    }


def _settings(comparison: "Comparison") -> "Table":
    drawn = table()
    drawn.add_column("Setting", overflow="fold")
    for each in comparison.analyses:
        drawn.add_column(each.summary.study, justify="right", overflow="fold")
    for name, values in comparison.settings.items():
        drawn.add_row(name, *map(formatting.setting, values))
    return drawn
