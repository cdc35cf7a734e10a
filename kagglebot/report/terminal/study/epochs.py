"""The score by number of epochs, for studies that search nothing else."""

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.terminal.study.curves import plot_points

if TYPE_CHECKING:
    from kagglebot.analysis.study_summary import StudySummary
    from kagglebot.metrics.metric import Metric

#: Different numbers of epochs from which the plot is shown.
_ENOUGH = 3


def scores_by_epochs(summary: "StudySummary") -> dict[int, float]:
    """Return the score after the last epoch by number of epochs, over complete trials, lowest number first.

    Empty where anything but the epochs is searched, as other parameters would affect the scores too.
    """
    trials = [trial for trial in summary.trials if trial.state == "complete" and trial.curve]
    if any(set(trial.params) != {"epochs"} for trial in trials):
        return {}
    return dict(sorted((trial.epochs_run, trial.curve[-1]) for trial in trials if not math.isnan(trial.curve[-1])))


def stops_paying(
    scores: dict[int, float], metric: "Metric", rows: int, error: float | None = None
) -> tuple[int, float] | None:
    """Return the lowest number of epochs whose score lies within one standard error of the best, and that error.

    ``error`` is that of the best where it does not follow from the number of validation rows. None where it is not
    known.
    """
    values = list(scores.values())
    best = values[metric.best(values)]
    error = metric.standard_error(best, rows) if error is None else error
    if error is None:
        return None
    return min(epochs for epochs, score in scores.items() if metric.gain(best, score) <= error), error


def draw_epochs(summary: "StudySummary", *, width: int) -> RenderableType | None:
    """Return the plot of the score by epochs with a verdict; None with too few different numbers of epochs.

    The standard error follows from the number of rows for accuracy only. Where whole groups of rows are held out,
    it is that of the best trial.
    """
    scores = scores_by_epochs(summary)
    if len(scores) < _ENOUGH:
        return None
    return Group(plot_points(scores, width=width), Text(_verdict(summary, scores)))


def _verdict(summary: "StudySummary", scores: dict[int, float]) -> str:
    best = list(scores)[summary.measure.best(list(scores.values()))]
    error = summary.best.score_error if summary.best and summary.validation_groups else None
    found = stops_paying(scores, summary.measure, summary.validation_rows, error)
    if found is None:
        return (
            f"The best is {formatting.score(scores[best])} after {best} epochs, by "
            f"{formatting.measure(summary.measure)}; "
            f"whether that is significant is known for accuracy only."
        )
    epochs, error = found
    if epochs == max(scores):
        return f"More epochs may be better still: {epochs}, the most, are better by more than a standard error."
    return (
        f"More than {epochs} epochs do not pay: {formatting.score(scores[epochs])} lies "
        "within one standard error "
        f"({error:.4f}) of the best, {formatting.score(scores[best])} after {best}."
    )
