"""Learning curves in the terminal."""

from collections.abc import Sequence
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
    curves = [trial for trial in (best, pruned) if trial is not None and trial.curve]
    if not any(trial.epochs_run > 1 for trial in curves):
        return None
    marks = dict(zip((trial.number for trial in curves), _MARKS, strict=False))
    legend = [f"  {marks[trial.number]} {_name(trial)}" for trial in curves]
    plot = _plot([(trial.curve, marks[trial.number]) for trial in curves], min(width, _MOST_COLUMNS))
    return Group(plot, Text("\n".join([f"{summary.metric.capitalize()} after each epoch:", *legend])))


def _name(trial: "TrialResult") -> str:
    if trial.state == "pruned":
        return f"trial {trial.number}, pruned after epoch {trial.epochs_run}"
    return f"trial {trial.number}, best: {words.score(trial.value)}"


def _plot(curves: Sequence[tuple[Sequence[float], str]], width: int) -> Text:
    import plotext

    figure = plotext.figure  # plotext has this one figure
    figure.clear()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(width, _HEIGHT)
    for scores, mark in curves:
        epochs = list(range(1, len(scores) + 1))
        line = figure.signal(epochs, list(scores), marker="braille")
        line.lines()
        figure.draw(line)
        figure.draw(figure.signal(epochs, list(scores), marker=mark))
    longest = max(len(scores) for scores, _ in curves)
    step = max(1, -(-longest // 12))
    ticks = list(range(1, longest + 1, step))
    figure.ruler("x", 0).ticks(ticks, [str(tick) for tick in ticks])
    text = figure.build().string(colorless=True)
    figure.clear()
    return Text("\n".join(line.rstrip()[:width] for line in text.splitlines()), no_wrap=True, overflow="crop")
