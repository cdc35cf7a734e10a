"""The fit loop's callback of a trial: it reports steps and scores, prunes, and stops when the user asks it to."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import optuna

from kagglebot.callbacks.events import EpochEnded, Stepped
from kagglebot.metrics.metric import defined
from kagglebot.search.storage.attributes import FOLLOWS, PART_SCORES
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.checkpoints import TrialCheckpoints
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.search.trial.fit.time_budget import TimeBudget
from kagglebot.search.trial.outcome import Interrupted
from kagglebot.search.trial.part_pruning import clearly_behind
from kagglebot.search.trial.promotion import Start
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import EndedFold
from kagglebot.training.fit import FitCallback
from kagglebot.training.learner import Learner
from kagglebot.training.plan import TrainingPlan

#: Seconds between two reports from inside an epoch.
STEP_REPORT_SECONDS = 0.5


class TrialCallback(FitCallback):
    """Follows the training of one trial, fold by fold.

    ``views`` is how many views of an image its nets predict with test-time augmentation, ``statistics`` from how
    many rows the statistics of batch normalisation are taken at the end.

    Attributes:
        plan: The epochs of each fold; cut where time is short.
        curves: The learning curves of the folds.
        budget: The time that is left; it cuts the plan, or ends the training.
        checkpoints: The states of the nets.
        parameter_count: Number of trainable parameters; None until a net is built.
    """

    def __init__(
        self,
        context: WorkerContext,
        trial: optuna.Trial,
        plan: TrainingPlan,
        views: int = 1,
        *,
        statistics: int = 0,
    ) -> None:
        self.context, self.trial, self.plan = context, trial, plan
        self.curves = FoldCurves(context.metric, context.splits)
        self.budget = TimeBudget(context, trial, plan, self.curves, views=views, statistics=statistics)
        self.checkpoints = TrialCheckpoints(context, self.curves)
        self.parameter_count: int | None = None
        self._follows = bool(FOLLOWS & trial.user_attrs.keys())
        self._reported = 0.0

    def fold_ended_before(self, fold: EndedFold) -> None:
        """Take note of a fold that ended in an earlier try of the trial."""
        self._report_before(fold.scores)
        self.plan.cut(len(fold.scores))  # the other folds are trained for as long
        self.curves.ended.append(self.curves.restored(fold))
        self.checkpoints.fold_ended_before(fold)

    def split_began(self, learner: Learner, start: Start) -> Curve | None:
        """Take note of a net that starts to train; restore its checkpoint and return its learning curve."""
        self.parameter_count = learner.parameter_count
        if start.checkpoint is not None:
            self._report_before(start.checkpoint.scores)
            self.curves.running = self.curves.restored(start.checkpoint)
            self._record_parts(self.curves.running)
            if len(self.curves.splits) == 1:
                self.curves.epochs_before = start.epochs
        self.checkpoints.split_began(learner, start)
        return self.curves.running

    def _report_before(self, scores: Sequence[float]) -> None:
        if not self.curves.ended:
            for epoch, score in enumerate(scores, start=1):
                self.trial.report(score, epoch)

    def split_ended(self) -> None:
        """Take note that the training on one fold is over; its net goes back to the epoch chosen so far."""
        self.checkpoints.split_ended()
        self.curves.split_ended()

    def end_in_time(self) -> bool:
        """End the trial where it is; return whether the fold that has not ended counts, as there is no other."""
        if self.curves.ended:
            self.curves.running = None
            self.checkpoints.split_stopped()
            return False
        self.split_ended()
        return True

    def preparing(self, share: float) -> None:
        """Report how far the features are; stop if the user asked to, or if they cannot be there in time."""
        self._check_stop()
        self.budget.check_features(share)
        self._report(0, share)

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        """Return how many of the planned epochs fit into the time that is left."""
        return self.budget.limit_epochs(done, planned, epoch_seconds)

    def can_go_on(self, curve: Curve) -> None:
        """Save the state every few minutes, and before the user's stop: the trial goes on from there."""
        self.curves.running = curve
        self.checkpoints.save(now=self.context.stopped())

    def step_ended(self, epoch: int, share: float) -> None:
        """Report how far the epoch is; stop if the user asked to, or if the time is over."""
        self._check_stop()
        self.budget.times.step_at(epoch - 1 + share)
        if share < 1:
            with self._saved_where_it_stops():
                self.budget.check_step(epoch - 1 + share)
        self._report(self.curves.epochs_ended + epoch, share)

    def parts_of_epoch(self) -> int:
        """Return in how many parts the epoch under way is validated: an epoch that is short in one."""
        return self.budget.parts_of_epoch()

    def part_ended(self, epoch: int, share: float, curve: Curve) -> None:
        """Report a score within an epoch; prune a trial that is clearly behind others."""
        part = curve.parts[-1]
        self._emit_step(self.curves.epochs_ended + epoch, share, defined(part.score))
        if self.curves.ended:
            return
        self._record_parts(curve)
        if not self._follows and clearly_behind(self.context, self.trial.number, part):
            raise optuna.TrialPruned(f"clearly behind other trials after {part.epochs:g} epochs")

    def _record_parts(self, curve: Curve) -> None:
        """Store the scores within epochs; Optuna's own values are one for each epoch."""
        if curve.parts and not self.curves.ended:
            self.trial.set_user_attr(PART_SCORES, [list(map(defined, part)) for part in curve.parts])

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """Report the score; prune a trial that is behind others, and stop one that is out of time."""
        self.curves.running = curve
        self.checkpoints.epoch_ended(epoch, curve)
        ended, total = self.curves.epochs_ended + epoch, len(self.curves.splits) * self.plan.planned
        score, seconds, best = curve.scores[-1], curve.seconds[-1], self.curves.mean().best_epoch
        self.context.emit(EpochEnded(self.trial.number, self.context.worker, ended, total, score, seconds, best))
        if not self.curves.ended:  # the pruner compares the first fold, which is the same for every trial
            self.trial.report(score, epoch)
            # Too few get as far as a promoted trial, and another seed of the best net is not to be compared.
            if epoch < self.plan.planned and not self._follows and self.trial.should_prune():
                raise optuna.TrialPruned(f"behind earlier trials after epoch {epoch}")
        with self._saved_where_it_stops():
            self.budget.check_epoch(epoch, curve.seconds)

    @contextmanager
    def _saved_where_it_stops(self) -> Iterator[None]:
        """Save the state if the block ends the training, so that another search goes on from there."""
        try:
            yield
        except Interrupted:
            self.checkpoints.save(now=True)
            raise

    def _check_stop(self) -> None:
        if self.context.stopped():
            raise Interrupted("stopped by the user")

    def _report(self, epoch: int, share: float) -> None:
        clock = time.monotonic()
        if clock - self._reported >= STEP_REPORT_SECONDS:
            self._reported = clock
            self._emit_step(epoch, share)

    def _emit_step(self, epoch: int, share: float, score: float | None = None) -> None:
        total = len(self.curves.splits) * self.plan.planned
        self.context.emit(Stepped(self.trial.number, self.context.worker, epoch, share, total, score))
