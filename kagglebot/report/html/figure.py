"""A plot of a study's page, as Plotly takes it, with its numbers as a table; and what all plots have in common.

Colours are written as the style sheet's variables; the page's script puts in what they are in the reader's theme.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kagglebot.analysis.results import TrialResult
from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.metrics.metric import Metric

#: Trials that have a mark in a plot, the best of the study.
POINTS = 2000
#: Rows of numbers beside a plot.
_ROWS = 200

Row = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One plot.

    Attributes:
        id: Its element's id in the page.
        title: What it shows.
        caption: How to read it; also what a screen reader says of it.
        traces: Plotly's traces.
        layout: Plotly's layout, beside what all plots of the page have in common.
        header: Names of the columns of its numbers.
        rows: Its numbers, as text.
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
        """The rows that are shown."""
        return self.rows[:_ROWS]

    def to_json(self) -> dict[str, Any]:
        """Give what the page's script draws; what is no number, JSON has no word for."""
        return {"traces": _plain(self.traces), "layout": _plain(self.layout)}


def marks(
    name: str, across: Sequence[Any], up: Sequence[Any], texts: Sequence[str], marker: Mapping[str, Any]
) -> dict[str, Any]:
    """Make a trace of points, each with what is said of it when it is pointed at."""
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
    """From the worst score that is worth the room to the best: a few bad ones would press the others together."""
    if len(scores) < 5:
        return None
    ordered = sorted(scores, key=lambda score: measure.gain(score, 0))  # the worst first
    worst, best = ordered[int(share * len(ordered))], ordered[-1]
    end = worst - 0.5 * (best - worst)
    if measure.better(ordered[0], end):
        end = ordered[0]
    return min(end, best), max(end, best)


def score_range(measure: "Metric", scores: Sequence[float], share: float = 0.1) -> dict[str, Any]:
    """Give an axis its range, so that a few bad scores do not press the others together."""
    span = _span(measure, scores, share)
    if span is None:
        return {}
    room = 0.06 * (span[1] - span[0]) or abs(span[1]) * 0.01 or 0.01
    return {"range": [span[0] - room, span[1] + room]}


def hidden_scores(measure: "Metric", scores: Sequence[float]) -> str:
    """Say how many scores that range leaves out; empty for none."""
    span = _span(measure, scores)
    hidden = 0 if span is None else sum(not span[0] <= score <= span[1] for score in scores)
    return (
        f"{formatting.count(hidden, 'worse score')} beyond the frame; a double-click shows all." if hidden else ""
    )


def colour_range(measure: "Metric", scores: Sequence[float]) -> dict[str, float]:
    """Give a colour scale its ends, as ``score_range`` does for an axis."""
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


def name_of(trial: TrialResult) -> str:
    """Name a trial with its score."""
    return f"Trial {trial.number}: {formatting.score(trial.value)}"


def value_of(trial: TrialResult) -> float:
    """Give the score of a trial that ``StudySummary.top`` gave."""
    assert trial.value is not None
    return trial.value


def last_score(trial: TrialResult) -> float | None:
    """Give the last score of a trial's curve; None where it has none."""
    return next((score for score in reversed(trial.curve) if not math.isnan(score)), None)
