"""Learning curves in the terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import words

if TYPE_CHECKING:
    from kagglebot.search.results import StudySummary, TrialResult

_HEIGHT = 12
_MOST_COLUMNS = 100
#: Marks that tell the curves apart without colour.
_MARKS = ("●", "+")


def typical_pruned(summary: "StudySummary") -> "TrialResult | None":
    """Give the pruned trial of middling length, the one to show pruning by."""
    pruned = [trial for trial in summary.trials if trial.state == "pruned" and trial.curve]
    return sorted(pruned, key=lambda trial: (trial.epochs_run, trial.number))[len(pruned) // 2] if pruned else None


def draw_curves(summary: "StudySummary", *, width: int) -> RenderableType | None:
    """Draw the validation scores of the best trial and of a typical pruned one, epoch by epoch.

    Args:
        summary: The study.
        width: Columns there are.

    Returns:
        The plot, at most ``width`` columns wide; None where no trial has two epochs.
    """
    best, pruned = summary.best, typical_pruned(summary)
    curves = [trial for trial in (best, pruned) if trial is not None and not all(map(math.isnan, trial.curve))]
    if not any(trial.epochs_run > 1 for trial in curves):
        return None
    marks = dict(zip((trial.number for trial in curves), _MARKS, strict=False))
    legend = [f"  {marks[trial.number]} {_name(trial)}" for trial in curves]
    plot = _plot([(trial.curve, marks[trial.number]) for trial in curves], min(width, _MOST_COLUMNS))
    caption = f"{words.title(words.measure(summary.measure))} after each epoch:"
    return Group(plot, Text("\n".join([caption, *legend])))


def _name(trial: "TrialResult") -> str:
    if trial.state == "pruned":
        return f"trial {trial.number}, pruned after epoch {trial.epochs_run}"
    return f"trial {trial.number}, best: {words.score(trial.value)}"


def plot_points(points: Mapping[int, float], *, width: int) -> Text:
    """Draw one mark for each pair of numbers, joined by a line; at most ``width`` columns wide."""
    return _draw([(list(points), list(points.values()), _MARKS[0])], min(width, _MOST_COLUMNS))


def _plot(curves: Sequence[tuple[Sequence[float], str]], width: int) -> Text:
    lines = []
    for scores, mark in curves:
        points = {epoch: score for epoch, score in enumerate(scores, start=1) if not math.isnan(score)}
        lines.append((list(points), list(points.values()), mark))
    return _draw(lines, width)


def _draw(lines: Sequence[tuple[list[int], list[float], str]], width: int) -> Text:
    import plotext

    figure = plotext.figure  # plotext has this one figure
    figure.clear()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(width, _HEIGHT)
    for across, up, mark in lines:
        line = figure.signal(across, up, marker="braille")
        line.lines()
        figure.draw(line)
        figure.draw(figure.signal(across, up, marker=mark))
    first = min(min(across) for across, _, _ in lines)
    last = max(max(across) for across, _, _ in lines)
    step = max(1, -(-(last - first + 1) // 12))
    ticks = list(range(first, last + 1, step))
    figure.ruler("x", 0).ticks(ticks, [str(tick) for tick in ticks])
    text = figure.build().string(colorless=True)
    figure.clear()
    return Text("\n".join(line.rstrip()[:width] for line in text.splitlines()), no_wrap=True, overflow="crop")
