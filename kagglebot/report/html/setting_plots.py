"""Plots of what the settings did: how much each mattered, and the scores over their values."""

from collections.abc import Sequence
from html import escape
from typing import Any

from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.report import formatting
from kagglebot.report.html.figure import (
    POINTS,
    Figure,
    axis,
    colour_range,
    is_numeric,
    marks,
    name_of,
    score_range,
    value_of,
)

#: Parameters whose influence is drawn, the most important first.
_SLICES = 8


def draw_importances(summary: StudySummary) -> Figure | None:
    """Draw how much each parameter mattered; None where that is not known."""
    ranked = sorted(summary.importances.items(), key=lambda item: -item[1])
    if not ranked:
        return None
    first = ", ".join(f"{name} {share:.0%}" for name, share in ranked[:3])
    return Figure(
        "importances",
        "What mattered",
        f"How much each setting set the best trials apart from the others: {first}.",
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
    scored = summary.top(POINTS)
    figures: list[Figure] = []
    for name in varied_parameters(summary):
        points = [trial for trial in scored if name in trial.params]
        values = [trial.params[name] for trial in points]
        if len({str(value) for value in values}) < 2:
            continue
        figures.append(_slice(summary, f"slice-{len(figures)}", name, values, points))
    return figures[:_SLICES]


def _slice(summary: StudySummary, id: str, name: str, values: list[Any], points: list[TrialResult]) -> Figure:
    measure = formatting.title(summary.measure.text)
    scores = [value_of(trial) for trial in points]
    return Figure(
        id,
        name,
        f"{measure} of complete trials over {name}; best at {formatting.setting(values[0])}.",
        [
            marks(
                name,
                values if is_numeric(values) else [escape(formatting.setting(value)) for value in values],
                scores,
                [f"{name_of(trial)}, {escape(name)} {_shown(trial.params[name])}" for trial in points],
                {"color": "var(--accent)", "size": 8, "opacity": 0.6},
            ),
            marks(
                "best",
                [values[0] if is_numeric(values) else escape(formatting.setting(values[0]))],
                scores[:1],
                [f"Best: {name_of(points[0])}, {escape(name)} {_shown(values[0])}"],
                {"color": "var(--good)", "size": 12, "symbol": "diamond"},
            ),
        ],
        {
            "xaxis": axis(values, summary.space.get(name)),
            "yaxis": score_range(summary.measure, scores),
            "height": 240,
            "showlegend": False,
            "margin": {"t": 12},
        },
        ("Trial", name, measure),
        [
            (str(trial.number), formatting.setting(value), formatting.score(value_of(trial)))
            for trial, value in zip(points, values, strict=True)
        ],
    )


def draw_pair(summary: StudySummary) -> Figure | None:
    """Draw the scores over the two most important parameters; None where two are not known."""
    names = [name for name in varied_parameters(summary) if name in summary.importances][:2]
    points = [trial for trial in summary.top(POINTS) if all(name in trial.params for name in names)]
    if len(names) < 2 or len(points) < 3:
        return None
    across, up = ([trial.params[name] for trial in points] for name in names)
    measure = formatting.title(summary.measure.text)
    colours = [value_of(trial) for trial in points]
    dots = marks(
        measure,
        across if is_numeric(across) else [escape(formatting.setting(value)) for value in across],
        up if is_numeric(up) else [escape(formatting.setting(value)) for value in up],
        [f"{name_of(trial)}<br>{_both(trial, names)}" for trial in points],
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
            **colour_range(summary.measure, colours),
        },
    )
    best = points[0]
    return Figure(
        "pair",
        f"{names[0]} and {names[1]} together",
        f"Each complete trial by the two settings that mattered most, brighter is better; the best has {names[0]} "
        f"{formatting.setting(best.params[names[0]])} and {names[1]} {formatting.setting(best.params[names[1]])}.",
        [dots],
        {
            "xaxis": {**axis(across, summary.space.get(names[0])), "title": {"text": escape(names[0])}},
            "yaxis": {**axis(up, summary.space.get(names[1])), "title": {"text": escape(names[1])}},
            "showlegend": False,
        },
        ("Trial", *names, measure),
        [
            (
                str(trial.number),
                *(formatting.setting(trial.params[name]) for name in names),
                formatting.score(value_of(trial)),
            )
            for trial in points
        ],
    )


def varied_parameters(summary: StudySummary) -> list[str]:
    """Names of the parameters that took more than one value, the important ones first."""
    names = dict.fromkeys(name for trial in summary.trials for name in trial.params)
    taken = {name: {str(trial.params[name]) for trial in summary.trials if name in trial.params} for name in names}
    return sorted((n for n in names if len(taken[n]) > 1), key=lambda name: -summary.importances.get(name, 0.0))


def _both(trial: TrialResult, names: Sequence[str]) -> str:
    return ", ".join(f"{escape(name)} {_shown(trial.params[name])}" for name in names)


def _shown(value: Any) -> str:
    return escape(formatting.setting(value))
