"""What a search ended with."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import words
from kagglebot.report.summary import counts

if TYPE_CHECKING:
    from kagglebot.search.results import StudySummary


def describe_tuned(summary: "StudySummary") -> RenderableType:
    """Draw the study's state in a few lines: counts, the best trial, what to do next."""
    best = summary.best
    head = Group(Text.assemble((summary.study, "bold"), f" on {summary.competition}"), counts(summary))
    if best is None:
        return Group(head, Text(f"No trial is complete yet. Next: kagglebot tune {summary.study} --trials 10"))
    found = f"Best: trial {best.number}, {summary.metric} {words.score(best.value)} on "
    return Group(
        head,
        Text.assemble(found, f"{summary.validation_rows:,} validation rows"),
        Text(f"      {words.settings(best.params)}", no_wrap=True, overflow="ellipsis"),
        Text(
            f"Next: kagglebot studies {summary.study}, then kagglebot submit {summary.study} --best", style="dim"
        ),
    )
