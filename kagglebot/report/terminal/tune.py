"""The result of a search."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.terminal.study.summary import counts

if TYPE_CHECKING:
    from kagglebot.analysis.results import StudySummary


def describe_tuned(summary: "StudySummary") -> RenderableType:
    """Return the numbers of trials and the best trial."""
    best = summary.best
    lines = [Text.assemble((summary.study, "bold"), f" on {summary.competition}"), counts(summary)]
    if best is None:
        return Group(*lines, Text("No trial is complete yet."))
    found = f"Best: trial {best.number}, {formatting.measure(summary.measure)} {formatting.score(best.value)}"
    return Group(
        *lines,
        Text(f"{found} on {summary.validation_rows:,} validation rows"),
        Text(f"      {formatting.settings(best.params)}", no_wrap=True, overflow="ellipsis"),
    )
