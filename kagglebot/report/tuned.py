"""What a search ended with."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import words
from kagglebot.report.summary import counts

if TYPE_CHECKING:
    from kagglebot.search.results import StudySummary


def describe_tuned(summary: "StudySummary") -> RenderableType:
    """Draw the study's state in a few lines: counts and the best trial."""
    best = summary.best
    lines = [Text.assemble((summary.study, "bold"), f" on {summary.competition}"), counts(summary)]
    if best is None:
        return Group(*lines, Text("No trial is complete yet."))
    found = f"Best: trial {best.number}, {words.measure(summary.measure)} {words.score(best.value)}"
    return Group(
        *lines,
        Text(f"{found} on {summary.validation_rows:,} validation rows"),
        Text(f"      {words.settings(best.params)}", no_wrap=True, overflow="ellipsis"),
    )
