"""Learning curves and the improvements of the best score, in the terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.analysis.study_analysis import StudyAnalysis
    from kagglebot.analysis.trial_result import TrialResult

_HEIGHT = 12
_MOST_COLUMNS = 100
#: Marks that distinguish the curves without colour.
_MARKS = ("●", "+")
#: Share of the complete trials, the best of them, that the improvements are plotted with.
_SHOWN = 0.75
#: Number of the last improvements that are listed.
_CHANGES = 3


def draw_curves(analysis: "StudyAnalysis", *, width: int) -> RenderableType | None:
    """Return the learning curves of the best and of a typical pruned trial; None where no trial has two epochs."""
    both = (analysis.summary.best, analysis.typical_pruned)
    curves = [trial for trial in both if trial is not None and trial.scores_by_epoch]
    if not any(trial.epochs_run > 1 for trial in curves):
        return None
    marks = dict(zip((trial.number for trial in curves), _MARKS, strict=False))
    legend = [f"  {marks[trial.number]} {_name(trial)}" for trial in curves]
    points = [(trial.scores_by_epoch, marks[trial.number]) for trial in curves]
    lines = [(list(scores), list(scores.values()), mark) for scores, mark in points]
    plot = _draw(lines, min(width, _MOST_COLUMNS))
    caption = f"{formatting.title(formatting.measure(analysis.summary.measure))} after each epoch:"
    return Group(plot, Text("\n".join([caption, *legend])))


def draw_history(analysis: "StudyAnalysis", *, width: int) -> RenderableType | None:
    """Return the scores by trial number with the best score so far; None where it never improved.

    The worst trials are left out, so that the others can be told apart.
    """
    summary, history = analysis.summary, analysis.history
    if len(history) < 2:
        return None
    ranked = [trial for trial in summary.top(len(summary.trials)) if trial.value is not None]
    shown = ranked[: max(2, math.ceil(len(ranked) * _SHOWN))]
    points = {trial.number: trial.value or 0.0 for trial in sorted(shown, key=lambda trial: trial.number)}
    last = max(trial.number for trial in summary.trials)
    shown_scores = list(points.values())
    worst = max(shown_scores) if summary.measure.minimise else min(shown_scores)
    steps: list[tuple[int, float]] = []
    for number, score in history:
        if summary.measure.better(worst, score):
            continue  # below the plot
        if steps:
            steps.append((number, steps[-1][1]))
        steps.append((number, score))
    steps.append((last, history[-1][1]))
    line = ([number for number, _ in steps], [score for _, score in steps], "")
    plot = _draw([line, (list(points), list(points.values()), "●")], min(width, _MOST_COLUMNS), joined=False)
    left_out = len(ranked) - len(shown)
    note = f", the worst {left_out} left out" if left_out else ""
    changes = " → ".join(f"{formatting.score(score)} (trial {number})" for number, score in history[-_CHANGES:])
    caption = f"● a complete trial by its number; the line is the best score so far{note}."
    return Group(plot, Text(caption), Text(f"Improvements: {'… ' if len(history) > _CHANGES else ''}{changes}"))


def _name(trial: "TrialResult") -> str:
    if trial.state == "pruned":
        return f"trial {trial.number}, pruned after epoch {trial.epochs_run}"
    return f"trial {trial.number}, best: {formatting.score(trial.value)}"


def plot_points(points: Mapping[int, float], *, width: int) -> Text:
    """Return a plot with one mark for each pair of numbers, joined by a line; at most ``width`` columns wide."""
    return _draw([(list(points), list(points.values()), _MARKS[0])], min(width, _MOST_COLUMNS))


def _draw(lines: Sequence[tuple[list[int], list[float], str]], width: int, *, joined: bool = True) -> Text:
    """Return a plot of points with their marks, and lines through them where ``joined`` or without a mark."""
    import plotext

    figure = plotext.figure  # plotext has this one figure
    figure.clear()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(width, _HEIGHT)
    for across, up, mark in lines:
        if joined or not mark:
            line = figure.signal(across, up, marker="braille")
            line.lines()
            figure.draw(line)
        if mark:
            figure.draw(figure.signal(across, up, marker=mark))
    first = min(min(across) for across, _, _ in lines)
    last = max(max(across) for across, _, _ in lines)
    step = max(1, -(-(last - first + 1) // 12))
    ticks = list(range(first, last + 1, step))
    figure.ruler("x", 0).ticks(ticks, [str(tick) for tick in ticks])
    text = figure.build().string(colorless=True)
    figure.clear()
    return Text("\n".join(line.rstrip()[:width] for line in text.splitlines()), no_wrap=True, overflow="crop")
