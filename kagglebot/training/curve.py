"""The learning curve of a training: its scores, and which epoch they choose."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from kagglebot.metrics.metric import Metric


class PartScore(NamedTuple):
    """The score of a net within an epoch."""

    epochs: float  #: Epochs that it has learned for, such as 1.25.
    score: float
    error: float  #: Standard error of the score; NaN where it is not known.


@dataclass
class Curve:
    """The learning curve of a training."""

    metric: Metric  #: The metric of the scores.
    scores: list[float] = field(default_factory=list)  #: Validation score after each epoch.
    seconds: list[float] = field(default_factory=list)  #: Wall time of each epoch, validation included.
    under_way: float = 0.0  #: Wall time that an epoch took so far which has not ended.
    #: Standard error of each score, where whole groups of rows are held out; else the number of rows tells it.
    errors: list[float] = field(default_factory=list)
    #: Scores within epochs that take long, in order: they choose no epoch.
    parts: list[PartScore] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, with the best score; the first of equals."""
        return self.metric.best(self.scores) + 1

    @property
    def best(self) -> float:
        """The best score; NaN if every score is NaN."""
        return self.scores[self.best_epoch - 1]

    def lasting_epoch(self, rows: int) -> int:
        """Return the last epoch, from 1, whose score is within one standard error of the best.

        The highest of many scores is often a lucky one. Trials are other nets, between which log loss decides; the
        epochs are one net, of which the later has learned longer and is the better choice within the error. The
        error is known for proportions such as accuracy; for other metrics the epoch must score as well as the best
        one.

        Args:
            rows: Number of validation rows.
        """
        best = self.best
        if math.isnan(best):
            return self.best_epoch
        error = self.errors[self.best_epoch - 1] if self.errors else self.metric.standard_error(best, rows) or 0.0
        if math.isnan(error):
            return self.best_epoch
        near = [epoch for epoch, each in enumerate(self.scores, 1) if self.metric.gain(best, each) <= error]
        return near[-1]

    def improved_at(self, epoch: int) -> bool:
        """Return whether the score of an epoch, from 1, is better than all before it."""
        return self.metric.best(self.scores[:epoch]) == epoch - 1

    def copy(self) -> "Curve":
        """Return a curve that can be continued without changing this one."""
        return Curve(self.metric, [*self.scores], [*self.seconds], self.under_way, [*self.errors], [*self.parts])

    def end_epoch(self, score: float, error: float | None, seconds: float) -> None:
        """Add an epoch: its score, the standard error of it if it is known, and its wall time."""
        self.scores.append(score)
        if error is not None:
            self.errors.append(error)
        self.seconds.append(seconds)
        self.under_way = 0.0
