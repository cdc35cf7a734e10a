"""The learning curves of a trial, one for each fold, and their mean, which chooses the epoch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kagglebot.datasets.splits import Split
from kagglebot.metrics.metric import Metric
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import Checkpoint, EndedFold


@dataclass
class FoldCurves:
    """The learning curves of a trial.

    Attributes:
        metric: The metric of the scores.
        splits: Training and validation rows of each fold.
        ended: The curves of the folds that have ended.
        running: That of the fold that trains now; None before its first step.
        epochs_before: Epochs that were done before the training started, by the trial that it continues.
    """

    metric: Metric
    splits: Sequence[Split]
    ended: list[Curve] = field(default_factory=list)
    running: Curve | None = None
    epochs_before: int = 0

    @property
    def scored(self) -> list[Curve]:
        """The curves of the folds that have a score."""
        return [*self.ended, *([self.running] if self.running and self.running.scores else [])]

    @property
    def epochs_ended(self) -> int:
        """Epochs of the folds that have ended, together."""
        return sum(len(curve.scores) for curve in self.ended)

    @property
    def validated_rows(self) -> int:
        """Number of rows that the scores are of: those of the folds that have any."""
        return sum(len(rows) for _, rows in self.splits[: len(self.scored)])

    def restored(self, stored: Checkpoint | EndedFold) -> Curve:
        """Return the curve of a fold that was trained in an earlier process, as far as it came."""
        scores, seconds, errors = map(list, (stored.scores, stored.seconds, stored.errors))
        curve = Curve(self.metric, scores, seconds, errors=errors)
        if isinstance(stored, Checkpoint):
            curve.under_way, curve.parts = stored.under_way, list(stored.parts)
        return curve

    def split_ended(self) -> None:
        """Count the fold that trains now among those that have ended, if it has a score."""
        self.ended, self.running = self.scored, None

    def mean(self) -> Curve:
        """Return the scores epoch by epoch, averaged over the folds that have run the epoch."""
        curves = self.scored
        epochs = max((len(curve.scores) for curve in self.ended), default=len(curves[0].scores) if curves else 0)
        scores, errors = (
            [[each[epoch] for each in lists if epoch < len(each)] for epoch in range(epochs)]
            for lists in ([curve.scores for curve in curves], [curve.errors for curve in curves])
        )
        return Curve(
            self.metric,
            [sum(row) / len(row) for row in scores],
            errors=[math.hypot(*row) / len(row) for row in errors if row],  # each fold has other groups
        )

    def chooses(self, epoch: int) -> bool:
        """Return whether the scores up to an epoch, from 1, choose it."""
        mean = self.mean()
        so_far = replace(mean, scores=mean.scores[:epoch], errors=mean.errors[:epoch])
        return so_far.lasting_epoch(self.validated_rows) == epoch
