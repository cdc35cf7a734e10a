"""A plot of the page with its numbers as a table, and what all plots have in common.

Colours are variables of the style sheet; the page's script replaces them by those of the current theme.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kagglebot.analysis.trial_result import TrialResult
from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.metrics.metric import Metric

#: Number of trials that have a mark in a plot, the best ones.
POINTS = 2000
#: Rows of the table beside a plot.
_ROWS = 200

Row = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One plot.

    Attributes:
        id: The id of its element in the page.
        title: What it shows.
        caption: How to read it; also its text for screen readers.
        traces: Plotly's traces.
        layout: Plotly's layout, added to what all plots of the page have in common.
        header: Column names of its table.
        rows: Rows of its table, as text.
    """

    id: str
    title: str
    caption: str
    traces: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    header: Row
    rows: Sequence[Row]

    @property
    def numbers(self) -> Sequence[Row]:
        """Return the rows that are shown."""
        return self.rows[:_ROWS]

    def to_json(self) -> dict[str, Any]:
        """Return what the page's script draws; NaN becomes null."""
        return {"traces": _plain(self.traces), "layout": _plain(self.layout)}


def marks(
    name: str, across: Sequence[Any], up: Sequence[Any], texts: Sequence[str], marker: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a trace of points, each with its hover text."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(across),
        "y": list(up),
        "text": list(texts),
        "marker": dict(marker),
        "hovertemplate": "%{text}<extra></extra>",
    }


def _span(measure: "Metric", scores: Sequence[float], share: float = 0.1) -> tuple[float, float] | None:
    """Return the range from a score that is not an outlier to the best; None with few scores."""
    if len(scores) < 5:
        return None
    ordered = sorted(scores, key=lambda score: measure.gain(score, 0))  # the worst first
    worst, best = ordered[int(share * len(ordered))], ordered[-1]
    end = worst - 0.5 * (best - worst)
    if measure.better(ordered[0], end):
        end = ordered[0]
    return min(end, best), max(end, best)


def score_range(measure: "Metric", scores: Sequence[float], share: float = 0.1) -> dict[str, Any]:
    """Return the range of an axis, without outliers among the worst scores."""
    span = _span(measure, scores, share)
    if span is None:
        return {}
    room = 0.06 * (span[1] - span[0]) or abs(span[1]) * 0.01 or 0.01
    return {"range": [span[0] - room, span[1] + room]}


def hidden_scores(measure: "Metric", scores: Sequence[float]) -> str:
    """Return a sentence on how many scores that range leaves out; empty for none."""
    span = _span(measure, scores)
    hidden = 0 if span is None else sum(not span[0] <= score <= span[1] for score in scores)
    return (
        f"{formatting.count(hidden, 'worse score')} outside the range; a double-click shows all." if hidden else ""
    )


def colour_range(measure: "Metric", scores: Sequence[float]) -> dict[str, float]:
    """Return the range of a contour's colours, as ``score_range`` for an axis."""
    span = _span(measure, scores)
    return {} if span is None or span[0] == span[1] else {"zmin": span[0], "zmax": span[1]}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def value_of(trial: TrialResult) -> float:
    """Return the score of a complete trial."""
    assert trial.value is not None
    return trial.value
