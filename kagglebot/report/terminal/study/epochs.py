"""How long to train: the score against the epochs, for studies that search nothing else."""

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.metrics.scores import share_error
from kagglebot.report import formatting
from kagglebot.report.terminal.study.curves import plot_points

if TYPE_CHECKING:
    from kagglebot.analysis.results import StudySummary

#: Lengths from which something can be said.
_ENOUGH = 3


def scores_by_epochs(summary: "StudySummary") -> dict[int, float]:
    """Give the score after the last epoch by the number of epochs, shortest first, over complete trials.

    Empty where anything but the epochs is searched: other settings would be mistaken for their effect.
    """
    trials = [trial for trial in summary.trials if trial.state == "complete" and trial.curve]
    if any(set(trial.params) != {"epochs"} for trial in trials):
        return {}
    return dict(sorted((trial.epochs_run, trial.curve[-1]) for trial in trials if not math.isnan(trial.curve[-1])))


def stops_paying(scores: dict[int, float], rows: int) -> tuple[int, float]:
    """Find the fewest epochs whose accuracy lies within one standard error of the best.

    Args:
        scores: Accuracy by number of epochs.
        rows: Rows each was measured on.

    Returns:
        The epochs, and the standard error of the best score: that of a share of so many rows.
    """
    best = max(scores.values())
    error = share_error(best, rows)
    return min(epochs for epochs, score in scores.items() if score >= best - error), error


def draw_epochs(summary: "StudySummary", *, width: int) -> RenderableType | None:
    """Draw the score against the epochs and say where more stops paying; None where too little is known.

    What chance does to a score follows from the number of rows for accuracy, a share of them; for other metrics
    the best length is told and no more.
    """
    scores = scores_by_epochs(summary)
    if len(scores) < _ENOUGH:
        return None
    return Group(plot_points(scores, width=width), Text(_verdict(summary, scores)))


def _verdict(summary: "StudySummary", scores: dict[int, float]) -> str:
    best = list(scores)[summary.measure.best(list(scores.values()))]
    if summary.metric != "accuracy":
        return (
            f"The best is {formatting.score(scores[best])} after {best} epochs, by "
            f"{formatting.measure(summary.measure)}; "
            f"how much of that is chance is known for accuracy only."
        )
    epochs, error = stops_paying(scores, summary.validation_rows)
    if epochs == max(scores):
        return (
            f"More epochs may still pay: the longest training, {epochs} epochs, is the best by more than chance."
        )
    return (
        f"More than {epochs} epochs stops paying: {formatting.score(scores[epochs])} lies "
        "within one standard error "
        f"({error:.4f}) of the best, {formatting.score(scores[best])} after {best}."
    )
