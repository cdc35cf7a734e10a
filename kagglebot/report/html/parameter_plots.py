"""Plots of the parameters: their importances, and the scores over their values."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.report import formatting
from kagglebot.report.html.figure import POINTS, Figure, colour_range, marks, score_range, value_of
from kagglebot.report.html.optuna_conversion import known_importances, optuna_study, traces_and_layout

if TYPE_CHECKING:
    import optuna

#: Parameters that have a slice plot, the most important first.
_SLICES = 8
#: Best trials in a plot over several parameters: with n trials a contour has up to n x n values.
_TOGETHER = 150
#: Trials that are highlighted beside the best one.
_NEXT_BEST = 5


def draw_importances(summary: StudySummary) -> Figure | None:
    """Return the plot of the parameters' importances; None where they are not known."""
    from optuna.visualization import plot_param_importances

    ranked = sorted(summary.importances.items(), key=lambda item: -item[1])
    best = summary.top(1)
    if not ranked or not best:
        return None
    study, evaluator = optuna_study(summary, best), known_importances(dict(ranked))
    traces, layout = traces_and_layout(plot_param_importances(study, evaluator=evaluator))
    traces[0].update(
        marker={"color": "var(--accent)"}, texttemplate="%{x:.0%}", hovertemplate="%{y}: %{x:.1%}<extra></extra>"
    )
    layout["xaxis"].update(tickformat=".0%", range=[0, 1.15 * ranked[0][1]])
    first = ", ".join(f"{name} {share:.0%}" for name, share in ranked[:3])
    return Figure(
        "importances",
        "Importances",
        f"How much each parameter distinguished the best trials from the others: {first}.",
        traces,
        {**layout, "height": 110 + 30 * len(ranked), "showlegend": False},
        ("Parameter", "Importance"),
        [(name, f"{share:.1%}") for name, share in ranked],
    )


def draw_slices(summary: StudySummary) -> list[Figure]:
    """Return the plots of the scores over each parameter that varied, the most important ones first."""
    scored = summary.top(POINTS)
    study = optuna_study(summary, scored)
    figures: list[Figure] = []
    for name in varied_parameters(summary):
        points = [trial for trial in scored if name in trial.params]
        if len(figures) < _SLICES and len({str(trial.params[name]) for trial in points}) > 1:
            figures.append(_slice(summary, study, f"slice-{len(figures)}", name, points))
    return figures


def _slice(summary: StudySummary, study: "optuna.Study", id: str, name: str, points: list[TrialResult]) -> Figure:
    from optuna.visualization import plot_slice

    measure = formatting.title(summary.measure.text)
    scores, values = [value_of(trial) for trial in points], [trial.params[name] for trial in points]
    figure = plot_slice(study, params=[escape(name)], target_name=measure)
    traces, layout = traces_and_layout(figure)
    best = traces[0]["marker"]["color"].index(points[0].number)
    found = f"Trial {points[0].number}: {formatting.score(scores[0])}"
    # Optuna colours the trials by number, from white to dark blue: one end cannot be seen in either theme.
    traces[0]["marker"] = {"color": "var(--accent)", "size": 8, "opacity": 0.6}
    traces.append(
        marks(
            "Best",
            [traces[0]["x"][best]],
            scores[:1],
            [f"Best: {found}, {escape(name)} {escape(formatting.setting(values[0]))}"],
            {"color": "var(--good)", "size": 12, "symbol": "diamond"},
        )
    )
    layout["yaxis"].update(title=None, **score_range(summary.measure, scores))
    return Figure(
        id,
        name,
        f"{measure} of complete trials over {name}; best at {formatting.setting(values[0])}.",
        traces,
        {
            **layout,
            "xaxis": {**layout["xaxis"], "title": None, **_ticks(values, layout["xaxis"].get("type"))},
            "height": 240,
            "showlegend": False,
            "margin": {"t": 12},
        },
        ("Trial", name, measure),
        _rows(points, [name]),
    )


def _ticks(values: Sequence[Any], kind: str | None) -> dict[str, Any]:
    """Return ticks at few whole numbers, or at enough powers of a narrow logarithmic axis."""
    if kind == "log":
        return {"dtick": "D2" if max(values) < 10 * min(values) else 1}
    if kind != "category" and len(set(values)) <= 5 and all(isinstance(value, int) for value in values):
        return {"tickvals": sorted(set(values))}
    return {}


def draw_contour(summary: StudySummary) -> Figure | None:
    """Return the plot of the scores over the two most important parameters; None where two are not known."""
    from optuna.visualization import plot_contour

    names = [name for name in varied_parameters(summary) if name in summary.importances][:2]
    points = [trial for trial in summary.top(_TOGETHER) if all(name in trial.params for name in names)]
    if len(names) < 2 or len(points) < 3 or any(len({str(t.params[name]) for t in points}) < 2 for name in names):
        return None
    measure = formatting.title(summary.measure.text)
    figure = plot_contour(optuna_study(summary, points), params=list(map(escape, names)), target_name=measure)
    traces, layout = traces_and_layout(figure)
    title = {"text": measure, "side": "right", "font": {"size": 13}}
    traces[0]["colorbar"] = {"title": title, "thickness": 12, "outlinewidth": 0}
    traces[0].update(colour_range(summary.measure, list(map(value_of, points))))
    best = points[0]
    return Figure(
        "contour",
        f"{names[0]} and {names[1]} together",
        f"{measure} over the two most important parameters, darker is better; the best trial has {names[0]} "
        f"{formatting.setting(best.params[names[0]])} and {names[1]} {formatting.setting(best.params[names[1]])}."
        f"{_only_best(summary)}",
        traces,
        {**layout, "showlegend": False},
        ("Trial", *names, measure),
        _rows(points, names),
    )


def draw_parallel_coordinates(summary: StudySummary) -> Figure | None:
    """Return the plot of all parameters of the best trials at once; None where less than two varied."""
    from optuna.visualization import plot_parallel_coordinate

    points = summary.top(_TOGETHER)
    names = [name for name in varied_parameters(summary) if all(name in trial.params for trial in points)]
    names = [name for name in names if len({str(trial.params[name]) for trial in points}) > 1][:_SLICES]
    if len(names) < 2 or len(points) < 3:
        return None
    measure = formatting.title(summary.measure.text)
    study = optuna_study(summary, points)
    traces, layout = traces_and_layout(
        plot_parallel_coordinate(study, params=list(map(escape, names)), target_name=measure)
    )
    # Optuna's scale from white to dark blue on white would not suit the dark theme.
    del layout["plot_bgcolor"]
    # The first axis is the score, and the trace after the lines is a colour bar.
    ranked = sorted(traces[: len(points)], key=lambda line: line["y"][0], reverse=not summary.measure.minimise)
    lines = [_line(rank, trace) for rank, trace in enumerate(ranked)]
    for label in layout["annotations"]:
        label["font"] = {"color": "var(--muted)", "size": 11}
    return Figure(
        "parallel",
        "Parameters of the best trials",
        f"One line for each complete trial, through its {measure} and its parameters: the best in green, the next "
        f"{_NEXT_BEST} in strong blue.{_only_best(summary)}",
        lines[::-1],  # the best are drawn over the others
        {**layout, "showlegend": False, "margin": {"l": 60}},
        ("Trial", *names, measure),
        _rows(points, names),
    )


def _line(rank: int, trace: dict[str, Any]) -> dict[str, Any]:
    if rank == 0:
        style = {"color": "var(--good)", "width": 3}
    elif rank <= _NEXT_BEST:
        style = {"color": "var(--accent)", "width": 1.5}
    else:
        style = {"color": "var(--accent-faint)", "width": 1}
    return {**trace, "line": style, "opacity": 1}


def _only_best(summary: StudySummary) -> str:
    return f" The best {_TOGETHER} of {summary.complete:,} trials." if summary.complete > _TOGETHER else ""


def _rows(points: Sequence[TrialResult], names: Sequence[str]) -> list[tuple[str, ...]]:
    return [
        (
            str(trial.number),
            *(formatting.setting(trial.params[name]) for name in names),
            formatting.score(value_of(trial)),
        )
        for trial in points
    ]


def varied_parameters(summary: StudySummary) -> list[str]:
    """Return the names of the parameters that took more than one value, the important ones first."""
    names = dict.fromkeys(name for trial in summary.trials for name in trial.params)
    taken = {name: {str(trial.params[name]) for trial in summary.trials if name in trial.params} for name in names}
    return sorted((n for n in names if len(taken[n]) > 1), key=lambda name: -summary.importances.get(name, 0.0))
