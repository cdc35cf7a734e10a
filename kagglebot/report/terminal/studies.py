"""The list of studies, and the result of a search."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.analysis.best_trial.one_standard_error import select_best
from kagglebot.report import formatting
from kagglebot.report.terminal.study.summary import counts
from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.study_summary import StudySummary


def list_studies(summaries: Sequence["StudySummary"]) -> RenderableType:
    """Return a table for each competition and metric with one row per study."""
    if not summaries:
        return Text("No study has trials yet.")
    kinds = groupby(summaries, key=lambda summary: (summary.competition, summary.measure.text))
    return Group(*(_table(name, measure, list(group)) for (name, measure), group in kinds))


def _table(competition: str, measure: str, summaries: Sequence["StudySummary"]) -> RenderableType:
    drawn = table()
    drawn.add_column("Study", overflow="fold")
    for name in ("Complete", "Pruned", "Failed", "Best", "Trial", "Time"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for summary in summaries:
        best = summary.best
        drawn.add_row(
            summary.study,
            str(summary.complete),
            str(summary.pruned),
            str(summary.failed),
            formatting.score(best.value if best else None),
            str(best.number) if best else "-",
            formatting.duration(summary.seconds),
        )
    return Group(Text.assemble((competition, "bold"), f", scored by {measure}"), drawn)


def describe_tuned(summary: "StudySummary") -> RenderableType:
    """Return the numbers of trials and the best trial."""
    best = summary.best
    lines = [Text.assemble((summary.study, "bold"), f" on {summary.competition}"), counts(summary)]
    if best is None:
        return Group(*lines, Text("No trial is complete yet."))
    why = select_best(summary).reason
    whole = f", whole groups by {summary.group}" if summary.group else ""
    rows = formatting.validation_rows(summary.rows_of(best), summary.groups_of(best), summary.validation_rows)
    found = f"Best: trial {best.number}, {formatting.measure(summary.measure)} {formatting.score(best.value)}"
    return Group(
        *lines,
        Text(f"{found} on {rows}{whole}"),
        Text(f"      {formatting.settings(best.params)}", no_wrap=True, overflow="ellipsis"),
        *([Text(why, style="dim")] if why else []),
    )
