"""The sortable table of trials."""

import math
from dataclasses import dataclass
from typing import Any

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import STATES, TrialResult
from kagglebot.report import formatting
from kagglebot.report.html.parameter_plots import varied_parameters

#: Rows that are shown; a phone opens a page with more of them slowly.
MOST_ROWS = 1000
_LONGEST_REASON = 300
#: Number of parameters that have a column.
_PARAMETERS = 16


@dataclass(frozen=True)
class Column:
    """A column: ``kind`` is its style, ``sort`` how the rows come in it (``aria-sort``)."""

    name: str
    kind: str
    sort: str = "none"


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and the key it is sorted by; an empty key comes last."""

    text: str
    key: Any
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """A trial."""

    state: str
    best: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class TrialTable:
    """The table: best trials first, then the others in their order."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int

    @property
    def states(self) -> list[str]:
        """Return the states that occur, for the filter."""
        return [state for state in STATES if any(row.state == state for row in self.rows)]

    @property
    def note(self) -> str:
        """Return what the table leaves out, and how to sort it."""
        left_out = f"The best {len(self.rows):,} of {self.total:,} trials. " if self.total > len(self.rows) else ""
        return f"{left_out}Click a column's header to sort by it, and again to reverse the order."


def list_trials(summary: StudySummary) -> TrialTable:
    """Return the table of trials; the parameters that varied follow their results, the important ones first."""
    names = varied_parameters(summary)[:_PARAMETERS]
    ranked = summary.top(len(summary.trials))
    others = {trial.number for trial in summary.trials} - {trial.number for trial in ranked}
    ordered = [*ranked, *(trial for trial in summary.trials if trial.number in others)]
    numeric = {name: all(_is_number(trial.params.get(name, 0)) for trial in ordered) for name in names}
    minimise = summary.measure.minimise
    columns = (
        Column("Trial", "number"),
        Column(
            formatting.title(summary.measure.text),
            "number" if minimise else "number descending-first",
            "ascending" if minimise else "descending",
        ),
        Column("State", "state"),
        Column("Epochs", "number"),
        Column("Time", "number"),
        Column("Parameter count", "number"),
        *(Column(name, "number" if numeric[name] else "") for name in names),
        Column("Remark", "remark"),
    )
    rows = [
        Row(
            trial.state,
            bool(ranked) and trial is ranked[0],
            (
                *_cells(trial),
                *(_parameter(trial, name, numeric[name]) for name in names),
                Cell(reason := trial.reason[:_LONGEST_REASON], reason, "remark"),
            ),
        )
        for trial in ordered[:MOST_ROWS]
    ]
    return TrialTable(columns, tuple(rows), len(ordered))


def _cells(trial: TrialResult) -> tuple[Cell, ...]:
    epochs = trial.epochs if trial.epochs is not None else trial.epochs_run
    known = trial.value is not None and not math.isnan(trial.value)
    count = trial.parameter_count
    return (
        Cell(str(trial.number), trial.number),
        Cell(formatting.score(trial.value), trial.value if known else "", "number"),
        Cell(formatting.state(trial.state)[0], trial.state, "state"),
        Cell(str(epochs or "-"), epochs or "", "number"),
        Cell(formatting.duration(trial.seconds), trial.seconds, "number"),
        Cell("-" if count is None else f"{count:,}", count or "", "number"),
    )


def _parameter(trial: TrialResult, name: str, numeric: bool) -> Cell:
    value = trial.params.get(name)
    kind = "number" if numeric else ""
    if value is None:
        return Cell("-", "", kind)
    return Cell(formatting.setting(value), value if numeric else formatting.setting(value), kind)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
