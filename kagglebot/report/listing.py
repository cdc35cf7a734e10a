"""The list of studies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from kagglebot.report import words
from kagglebot.report.blocks import table

if TYPE_CHECKING:
    from kagglebot.search.results import StudySummary


def list_studies(summaries: Sequence["StudySummary"]) -> RenderableType:
    """Draw one line a study: its trials by state, the best score and what it measures, the time spent."""
    if not summaries:
        return Text("No study has trials yet.")
    drawn = table()
    drawn.add_column("Study", overflow="fold")
    drawn.add_column("Competition", overflow="fold")
    for name in ("Complete", "Pruned", "Failed"):
        drawn.add_column(name, justify="right", no_wrap=True)
    drawn.add_column("Best", justify="right", no_wrap=True)
    drawn.add_column("Metric", no_wrap=True)
    for name in ("Trial", "Time"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for summary in summaries:
        best = summary.best
        drawn.add_row(
            summary.study,
            summary.competition,
            str(summary.complete),
            str(summary.pruned),
            str(summary.failed),
            words.score(best.value if best else None),
            summary.measure.text,
            str(best.number) if best else "-",
            words.duration(summary.seconds),
        )
    return drawn
