"""The states of a trial's nets: of the chosen epoch, of the end, and that from which a training goes on."""

from dataclasses import replace

import numpy as np

from kagglebot.models.base import Scaling
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.search.trial.promotion import Start
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import Checkpoint, EndedFold, FoldNet, RunningCheckpoint
from kagglebot.training.learner import Learner, Probabilities


class TrialCheckpoints:
    """The checkpoints of a trial while it trains.

    Attributes:
        chosen: The net's state after the epoch that validation chose, of the latest fold; None before it.
        end: The net's state at the end of the training; None if it cannot be continued from there.
    """

    def __init__(self, context: WorkerContext, curves: FoldCurves) -> None:
        self._context, self._curves = context, curves
        self.chosen: Checkpoint | None = None
        self.end: Checkpoint | None = None
        self._chosen_before: Checkpoint | None = None
        self._learner: Learner | None = None
        self._running: RunningCheckpoint | None = None
        self._folds: list[EndedFold] = []
        self._nets: list[FoldNet] = []

    @property
    def nets(self) -> tuple[FoldNet, ...]:
        """The nets of all folds; none where there is one fold, or some of them are not known."""
        return tuple(self._nets) if len(self._nets) == len(self._curves.splits) else ()

    def fold_ended_before(self, fold: EndedFold) -> None:
        """Take note of a fold that ended in an earlier try of the trial."""
        self._folds.append(fold)

    def split_began(self, learner: Learner, start: Start) -> None:
        """Take note of a net that starts to train; restore its checkpoint, if there is one."""
        self._chosen_before, self.chosen = self.chosen, None
        self._learner = learner
        self._running = self._running or RunningCheckpoint(start.running, start.key)
        if (checkpoint := start.checkpoint) is None:
            return
        self._nets = list(checkpoint.nets)
        if checkpoint.state:  # else it is of the time between two folds
            learner.restore(checkpoint.state)
        if checkpoint.scores:
            is_chosen = self._curves.chooses(len(checkpoint.scores))
            self.chosen = checkpoint.chosen or (checkpoint if is_chosen else None)
        start.checkpoint = None

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """Take the state after an epoch if the scores choose it."""
        if self._curves.chooses(epoch):
            self.chosen = self._checkpoint(curve)

    def save(self, *, now: bool) -> None:
        """Save the state every few minutes, or ``now``: the trial goes on from there."""

        def whole() -> Checkpoint | None:
            curve = self._curves.running
            if curve is None or (state := self._checkpoint(curve)) is None:
                return None
            folds, nets = tuple(self._folds), tuple(self._nets)
            return replace(state, under_way=curve.under_way, chosen=self.chosen, folds=folds, nets=nets)

        if self._running is not None:
            self._running.save(whole, now=now)

    def split_ended(self) -> None:
        """Take the state of the net that trains now as the end; put the net back to the epoch chosen so far.

        What it predicts is then of the net that the trial's score is of; in the first of several folds, as far as
        the later ones choose the same epoch.
        """
        learner, curve, splits = self._learner, self._curves.running, self._curves.splits
        if learner is None or curve is None:
            return
        constant = getattr(learner.settings, "schedule", None) == "constant"
        if constant and len(splits) == 1:  # other schedules end with the last epoch
            end = self._checkpoint(curve)
            self.end = end and replace(end, chosen=self.chosen)
        if self.chosen is not None and len(self.chosen.scores) < len(curve.scores):
            learner.restore(self.chosen.state)
        train_rows, _ = splits[len(self._curves.ended)]
        if learner.settle(self._context.dataset.train_images, train_rows) and self.chosen is not None:
            self.chosen = replace(self.chosen, state=learner.state() or {})

    def split_stopped(self) -> None:
        """Go back to the state that was chosen in the fold before, as the one that trains now does not count."""
        self.chosen = self._chosen_before

    def fold_predicted(self, plain: Probabilities, averaged: Probabilities, moments: Scaling) -> None:
        """Save what the net of the fold that ended last predicts, without TTA and with it, if there are others.

        ``moments`` are the pixel moments that it was built with. Of several folds the net itself is kept too.
        """
        ended, folds = self._curves.ended, len(self._curves.splits)
        scores, seconds, errors = map(tuple, (ended[-1].scores, ended[-1].seconds, ended[-1].errors))
        self._folds.append(EndedFold(scores, seconds, plain, averaged, errors))
        if self._learner is not None and folds > 1:
            self._nets.append(FoldNet(tuple(self._learner.get_weights()), np.array(moments)))
        if self._running is not None and len(ended) < folds:
            between = Checkpoint({}, (), (), folds=tuple(self._folds), nets=tuple(self._nets))
            self._running.save(lambda: between, now=True)

    def _checkpoint(self, curve: Curve) -> Checkpoint | None:
        state = self._learner.state() if self._learner else None
        if state is None:
            return None
        scores, seconds = tuple(curve.scores), tuple(curve.seconds)
        return Checkpoint(state, scores, seconds, errors=tuple(curve.errors), parts=tuple(curve.parts))
