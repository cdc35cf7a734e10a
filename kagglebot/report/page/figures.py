"""The plots of a study's page, as Plotly takes them, each with its numbers as a table.

Colours are written as the style sheet's variables; the page's script puts in what they are in the reader's theme.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from kagglebot.report import words
from kagglebot.search.results import StudySummary, TrialResult

if TYPE_CHECKING:
    from kagglebot.datasets.metrics import Metric
    from kagglebot.search.space import Dimension

#: Parameters whose influence is drawn, the most important first.
_SLICES = 8
#: Learning curves drawn behind the ones that are named; more would be one grey area.
_CURVES = 150
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

    def to_json(self) -> dict[str, Any]:
        """Give what the page's script draws; what is no number, JSON has no word for."""
        return {"traces": _plain(self.traces), "layout": _plain(self.layout)}


def draw_history(summary: StudySummary) -> Figure | None:
    """Draw every complete trial's score, and the best so far; None where no trial is complete."""
    scored = sorted(summary.top(len(summary.trials)), key=lambda trial: trial.number)
    if not scored:
        return None
    numbers, scores = [trial.number for trial in scored], [_value(trial) for trial in scored]
    best = list(accumulate(scores, min if summary.measure.minimise else max))
    given_up = [trial for trial in summary.trials if trial.state == "pruned" and _last(trial) is not None]
    measure = words.title(summary.measure.text)
    traces = [
        _marks(
            "pruned, last score",
            [trial.number for trial in given_up],
            [_last(trial) for trial in given_up],
            [f"Trial {trial.number}, pruned after epoch {trial.epochs_run}" for trial in given_up],
            {"symbol": "x-thin", "size": 7, "line": {"color": "var(--muted)", "width": 1.5}},
        ),
        _marks(
            "complete",
            numbers,
            scores,
            [_name(trial) for trial in scored],
            {"color": "var(--accent)", "size": 8},
        ),
        {
            "type": "scatter",
            "mode": "lines",
            "name": "best so far",
            "x": [*numbers, max(trial.number for trial in summary.trials)],
            "y": [*best, best[-1]],
            "line": {"shape": "hv", "color": "var(--good)", "width": 2.5},
            "hovertemplate": "best so far: %{y}<extra></extra>",
        },
    ]
    return Figure(
        "history",
        "The search, trial by trial",
        f"{measure} of each trial in the order of the search; the line is the best so far and ends at "
        f"{words.score(best[-1])}. {_zoomed(summary.measure, scores)}".strip(),
        [trace for trace in traces if trace["x"]],
        {
            "xaxis": {"title": {"text": "trial"}},
            "yaxis": {"title": {"text": measure}, **_range(summary.measure, scores)},
        },
        ("Trial", measure, "Best so far"),
        _some(
            (str(number), words.score(score), words.score(leading))
            for number, score, leading in zip(numbers, scores, best, strict=True)
        ),
    )


def draw_importances(summary: StudySummary) -> Figure | None:
    """Draw how much each parameter mattered; None where that is not known."""
    ranked = sorted(summary.importances.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    first = ", ".join(f"{name} {share:.0%}" for name, share in ranked[:3])
    return Figure(
        "importances",
        "What mattered",
        f"Share of the differences between scores that each setting explains: {first}.",
        [
            {
                "type": "bar",
                "orientation": "h",
                "x": [share for _, share in reversed(ranked)],
                "y": [escape(name) for name, _ in reversed(ranked)],
                "text": [f"{share:.0%}" for _, share in reversed(ranked)],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": "var(--accent)"},
                "hovertemplate": "%{y}: %{x:.1%}<extra></extra>",
            }
        ],
        {
            "xaxis": {"tickformat": ".0%", "range": [0, 1.15 * ranked[0][1]]},
            "yaxis": {"automargin": True},
            "height": 90 + 30 * len(ranked),
        },
        ("Setting", "Share"),
        [(name, f"{share:.1%}") for name, share in ranked],
    )


def draw_slices(summary: StudySummary) -> list[Figure]:
    """Draw the scores over the values of each parameter that varied, the most important ones first."""
    scored = summary.top(len(summary.trials))
    figures = []
    for name in varied_parameters(summary):
        points = [trial for trial in scored if name in trial.params]
        values = [trial.params[name] for trial in points]
        if len({str(value) for value in values}) < 2:
            continue
        figures.append(_slice(summary, name, values, points))
    return figures[:_SLICES]


def _slice(summary: StudySummary, name: str, values: list[Any], points: list[TrialResult]) -> Figure:
    measure = words.title(summary.measure.text)
    scores = [_value(trial) for trial in points]
    return Figure(
        f"slice-{name}",
        name,
        f"{measure} of complete trials over {name}; best at {words.setting(values[0])}.",
        [
            _marks(
                name,
                values if _is_numeric(values) else [escape(words.setting(value)) for value in values],
                scores,
                [f"{_name(trial)}, {escape(name)} {_shown(trial.params[name])}" for trial in points],
                {"color": "var(--accent)", "size": 8, "opacity": 0.6},
            ),
            _marks(
                "best",
                [values[0] if _is_numeric(values) else escape(words.setting(values[0]))],
                scores[:1],
                [f"Best: {_name(points[0])}, {escape(name)} {_shown(values[0])}"],
                {"color": "var(--good)", "size": 12, "symbol": "diamond"},
            ),
        ],
        {
            "xaxis": _axis(values, summary.space.get(name)),
            "yaxis": _range(summary.measure, scores),
            "height": 240,
            "showlegend": False,
            "margin": {"t": 12},
        },
        ("Trial", name, measure),
        _some(
            (str(trial.number), words.setting(value), words.score(_value(trial)))
            for trial, value in zip(points, values, strict=True)
        ),
    )


def draw_pair(summary: StudySummary) -> Figure | None:
    """Draw the scores over the two most important parameters; None where two are not known."""
    names = [name for name in varied_parameters(summary) if name in summary.importances][:2]
    points = [trial for trial in summary.top(len(summary.trials)) if all(name in trial.params for name in names)]
    if len(names) < 2 or len(points) < 3:
        return None
    across, up = ([trial.params[name] for trial in points] for name in names)
    measure = words.title(summary.measure.text)
    colours = [_value(trial) for trial in points]
    marks = _marks(
        measure,
        across if _is_numeric(across) else [escape(words.setting(value)) for value in across],
        up if _is_numeric(up) else [escape(words.setting(value)) for value in up],
        [f"{_name(trial)}<br>{_both(trial, names)}" for trial in points],
        {
            "color": colours,
            "colorscale": "Viridis",
            "reversescale": summary.measure.minimise,
            "size": 12,
            "line": {"color": "var(--muted)", "width": 1},
            "colorbar": {
                "title": {"text": measure, "side": "right", "font": {"size": 13}},
                "thickness": 12,
                "outlinewidth": 0,
            },
            **_colour_range(summary.measure, colours),
        },
    )
    best = points[0]
    return Figure(
        "pair",
        f"{names[0]} and {names[1]} together",
        f"Each complete trial by the two settings that mattered most, brighter is better; the best has {names[0]} "
        f"{words.setting(best.params[names[0]])} and {names[1]} {words.setting(best.params[names[1]])}.",
        [marks],
        {
            "xaxis": {**_axis(across, summary.space.get(names[0])), "title": {"text": escape(names[0])}},
            "yaxis": {**_axis(up, summary.space.get(names[1])), "title": {"text": escape(names[1])}},
            "showlegend": False,
        },
        ("Trial", *names, measure),
        _some(
            (str(trial.number), *(words.setting(trial.params[name]) for name in names), words.score(_value(trial)))
            for trial in points
        ),
    )


def draw_learning(summary: StudySummary, pruned: TrialResult | None) -> Figure | None:
    """Draw the score after each epoch, of the best trial and of a typical pruned one before all others."""
    best = summary.best
    named = [trial for trial in (best, pruned) if trial is not None and trial.curve]
    others = [trial for trial in summary.trials if trial.epochs_run > 1 and trial not in named][-_CURVES:]
    if not any(trial.epochs_run > 1 for trial in [*named, *others]):
        return None
    measure = words.title(summary.measure.text)
    traces = [
        _curve([trial for trial in others if trial.state == "complete"], "other complete", "var(--accent-faint)")
    ]
    traces.append(_curve([trial for trial in others if trial.state != "complete"], "other pruned", "var(--faint)"))
    for trial in named:
        colour, name = ("var(--good)", "best") if trial is best else ("var(--warm)", "pruned")
        line = _curve([trial], f"trial {trial.number}, {name}", colour)
        traces.append({**line, "mode": "lines+markers", "line": {"color": colour, "width": 2.5}})
    shown = [score for trial in named for score in trial.curve if not math.isnan(score)]
    epochs = max((trial.epochs_run for trial in named), default=0)
    return Figure(
        "curves",
        "Learning curves",
        f"{measure} on the validation rows after each epoch: {_said(named, best)}.",
        [trace for trace in traces if trace["x"]],
        {
            "xaxis": {"title": {"text": "epoch"}, "tickformat": "d"},
            "yaxis": {"title": {"text": measure}, **_range(summary.measure, shown, share=0.25)},
        },
        ("Epoch", *(f"Trial {trial.number}" for trial in named)),
        [
            (str(epoch + 1), *(words.score(t.curve[epoch] if epoch < len(t.curve) else None) for t in named))
            for epoch in range(epochs)
        ],
    )


def varied_parameters(summary: StudySummary) -> list[str]:
    """Names of the parameters that took more than one value, the important ones first."""
    names = dict.fromkeys(name for trial in summary.trials for name in trial.params)
    taken = {name: {str(trial.params[name]) for trial in summary.trials if name in trial.params} for name in names}
    return sorted((n for n in names if len(taken[n]) > 1), key=lambda name: -summary.importances.get(name, 0.0))


def _said(named: Sequence[TrialResult], best: TrialResult | None) -> str:
    return "; ".join(
        f"trial {trial.number}, the best, reaches {words.score(trial.value)}"
        if trial is best
        else f"trial {trial.number} was pruned after epoch {trial.epochs_run} at {words.score(_last(trial))}"
        for trial in named
    )


def _marks(
    name: str, across: Sequence[Any], up: Sequence[Any], texts: Sequence[str], marker: Mapping[str, Any]
) -> dict[str, Any]:
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


def _curve(trials: Sequence[TrialResult], name: str, colour: str) -> dict[str, Any]:
    """Draw curves as one trace, a gap between them: a legend entry for all."""
    points = [
        (epoch, score, f"Trial {trial.number}, epoch {epoch}: {words.score(score)}")
        for trial in trials
        for epoch, score in [*enumerate(trial.curve, start=1), (None, math.nan)]
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [epoch for epoch, _, _ in points],
        "y": [score for _, score, _ in points],
        "text": [text for _, _, text in points],
        "line": {"color": colour, "width": 1},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _name(trial: TrialResult) -> str:
    return f"Trial {trial.number}: {words.score(trial.value)}"


def _both(trial: TrialResult, names: Sequence[str]) -> str:
    return ", ".join(f"{escape(name)} {_shown(trial.params[name])}" for name in names)


def _shown(value: Any) -> str:
    return escape(words.setting(value))


def _value(trial: TrialResult) -> float:
    assert trial.value is not None  # of trials that ``top`` gave
    return trial.value


def _last(trial: TrialResult) -> float | None:
    return next((score for score in reversed(trial.curve) if not math.isnan(score)), None)


def _is_numeric(values: Iterable[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _axis(values: Sequence[Any], dimension: "Dimension | None") -> dict[str, Any]:
    """Choose an axis: by category, by each of few whole numbers, or logarithmic where the search was."""
    if not _is_numeric(values):
        return {"type": "category", "categoryorder": "category ascending"}
    if dimension is not None and dimension.log:
        return {"type": "log", "dtick": "D2" if max(values) < 10 * min(values) else 1}
    if len(set(values)) <= 8 and all(isinstance(value, int) for value in values):
        return {"tickvals": sorted(set(values))}
    return {}


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


def _range(measure: "Metric", scores: Sequence[float], share: float = 0.1) -> dict[str, Any]:
    span = _span(measure, scores, share)
    if span is None:
        return {}
    room = 0.06 * (span[1] - span[0]) or abs(span[1]) * 0.01 or 0.01
    return {"range": [span[0] - room, span[1] + room]}


def _zoomed(measure: "Metric", scores: Sequence[float]) -> str:
    span = _span(measure, scores)
    hidden = 0 if span is None else sum(not span[0] <= score <= span[1] for score in scores)
    return f"{words.count(hidden, 'worse score')} lie beyond the frame: double-click to see all." if hidden else ""


def _colour_range(measure: "Metric", scores: Sequence[float]) -> dict[str, float]:
    span = _span(measure, scores)
    return {} if span is None or span[0] == span[1] else {"cmin": span[0], "cmax": span[1]}


def _some(rows: Iterable[Row]) -> list[Row]:
    kept = list(rows)
    return kept[:_ROWS]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
