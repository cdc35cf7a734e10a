"""The fit loop's callback of a trial: it reports scores, prunes, watches the clock, and stops when asked to."""

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import optuna
from optuna.trial import TrialState

from kagglebot.callbacks.events import EpochEnded, Stepped
from kagglebot.models.base import Scaling
from kagglebot.search.storage.attributes import FOLLOWS, OTHER_SEED_OF
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.promotion import Start
from kagglebot.training.checkpoints import Checkpoint, EndedFold, FoldNet, RunningCheckpoint
from kagglebot.training.fit import Curve, FitCallback, TrainingPlan
from kagglebot.training.learner import Learner, Probabilities

#: A trial stops, to run another time, if less than this share of its epochs fits into the time left.
SHORTEST_SHARE = 0.5
#: Largest share of the time left that a new net may be expected to take: more would leave too little for others.
MOST_OF_TIME = 0.35
#: Seconds between two reports from inside an epoch.
STEP_REPORT_SECONDS = 0.5


class Interrupted(Exception):
    """The trial must stop now, through no fault of its own."""


class TooLong(Interrupted):
    """The trial's net cannot be trained in the time that is left; a lighter one may be."""


class TrialCallback(FitCallback):
    """Follows the training of one trial, fold by fold.

    ``views`` is how many views of an image its nets predict with test-time augmentation.

    Attributes:
        plan: The epochs of each fold; cut where time is short.
        parameter_count: Number of trainable parameters; None until a net is built.
        epochs_before: Epochs that were done before the training started, by the trial that it continues.
        chosen: The net's state after the epoch that validation chose, of the latest fold; None before it.
        end: The net's state at the end of the training; None if it cannot be continued from there.
    """

    def __init__(self, context: WorkerContext, trial: optuna.Trial, plan: TrainingPlan, views: int = 1) -> None:
        self.context, self.trial, self.plan, self._views = context, trial, plan, views
        self.parameter_count: int | None = None
        self.epochs_before = 0
        self.chosen: Checkpoint | None = None
        self.end: Checkpoint | None = None
        self._chosen_before: Checkpoint | None = None
        self._follows = bool(FOLLOWS & trial.user_attrs.keys())
        self._learner: Learner | None = None
        self._running: RunningCheckpoint | None = None
        self._ended: list[Curve] = []
        self._folds: list[EndedFold] = []
        self._nets: list[FoldNet] = []
        self._curve: Curve | None = None
        self._under_way: Curve | None = None
        self._started = time.monotonic()
        self._reported = 0.0
        self._preparing: tuple[float, float] | None = None
        self._estimate: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the trial started."""
        return time.monotonic() - self._started

    def split_began(self, learner: Learner, start: Start) -> Curve | None:
        """Take note of a net that starts to train; restore its checkpoint and return its learning curve."""
        self._chosen_before, self.chosen = self.chosen, None
        self.parameter_count, self._learner = learner.parameter_count, learner
        self._running = self._running or RunningCheckpoint(start.running, start.key)
        if (checkpoint := start.checkpoint) is None:
            return None
        self._nets = list(checkpoint.nets)
        if checkpoint.state:  # else it is of the time between two folds
            learner.restore(checkpoint.state)
        curve = self._curve_of(checkpoint, checkpoint.under_way)
        if curve.scores:
            self._curve = curve
            self.chosen = checkpoint.chosen or (checkpoint if self._chooses(len(curve.scores)) else None)
        if not self._ended:
            self._report_before(checkpoint.scores)
        if len(self.context.splits) == 1:
            self.epochs_before = start.epochs
        start.checkpoint = None
        return curve

    def _curve_of(self, stored: Checkpoint | EndedFold, under_way: float = 0.0) -> Curve:
        scores, seconds, errors = map(list, (stored.scores, stored.seconds, stored.errors))
        return Curve(self.context.metric, scores, seconds, under_way, errors)

    def _report_before(self, scores: Sequence[float]) -> None:
        for epoch, score in enumerate(scores, start=1):
            self.trial.report(score, epoch)

    def fold_ended_before(self, fold: EndedFold) -> None:
        """Take note of a fold that ended in an earlier try of the trial."""
        if not self._ended:
            self._report_before(fold.scores)
        self.plan.cut(len(fold.scores))  # the other folds are trained for as long
        self._ended.append(self._curve_of(fold))
        self._folds.append(fold)

    def split_ended(self) -> None:
        """Take note that the training on one fold is over; its net goes back to the epoch chosen so far.

        What it predicts is then of the net that the trial's score is of; in the first of several folds, as far as
        the later ones choose the same epoch.
        """
        if self._curve is None:
            return
        self._ended.append(self._curve)
        if self._learner is not None:
            constant = getattr(self._learner.settings, "schedule", None) == "constant"
            if constant and len(self.context.splits) == 1:  # other schedules end with the last epoch
                end = self._checkpoint(self._curve)
                self.end = end and replace(end, chosen=self.chosen)
            if self.chosen is not None and len(self.chosen.scores) < len(self._curve.scores):
                self._learner.restore(self.chosen.state)
            train_rows, _ = self.context.splits[len(self._ended) - 1]
            if self._learner.settle(self.context.dataset.train_images, train_rows) and self.chosen is not None:
                self.chosen = replace(self.chosen, state=self._learner.state() or {})
        self._curve = None

    def fold_predicted(self, plain: Probabilities, averaged: Probabilities, moments: Scaling) -> None:
        """Save what the net of the fold that ended last predicts, without TTA and with it, if there are others.

        ``moments`` are the pixel moments that it was built with. Of several folds the net itself is kept too.
        """
        curve = self._ended[-1]
        scores, seconds, errors = map(tuple, (curve.scores, curve.seconds, curve.errors))
        self._folds.append(EndedFold(scores, seconds, plain, averaged, errors))
        if self._learner is not None and len(self.context.splits) > 1:
            self._nets.append(FoldNet(tuple(self._learner.get_weights()), np.array(moments)))
        if self._running is not None and len(self._ended) < len(self.context.splits):
            folds, nets = tuple(self._folds), tuple(self._nets)
            self._running.save(lambda: Checkpoint({}, (), (), folds=folds, nets=nets), now=True)

    @property
    def nets(self) -> tuple[FoldNet, ...]:
        """The nets of all folds; none where there is one fold, or some of them are not known."""
        return tuple(self._nets) if len(self._nets) == len(self.context.splits) else ()

    def _chooses(self, epoch: int) -> bool:
        """Return whether the scores up to an epoch choose it."""
        mean = self.mean_curve()
        so_far = replace(mean, scores=mean.scores[:epoch], errors=mean.errors[:epoch])
        return so_far.lasting_epoch(self.validated_rows) == epoch

    def _checkpoint(self, curve: Curve) -> Checkpoint | None:
        state = self._learner.state() if self._learner else None
        if state is None:
            return None
        return Checkpoint(state, tuple(curve.scores), tuple(curve.seconds), errors=tuple(curve.errors))

    def can_go_on(self, curve: Curve) -> None:
        """Save the state every few minutes, and before the user's stop: the trial goes on from there."""
        self._under_way = curve
        self._save(curve, now=self.context.stopped())

    def _save(self, curve: Curve, *, now: bool) -> None:
        def whole() -> Checkpoint | None:
            if (state := self._checkpoint(curve)) is None:
                return None
            folds, nets = tuple(self._folds), tuple(self._nets)
            return replace(state, under_way=curve.under_way, chosen=self.chosen, folds=folds, nets=nets)

        if self._running is not None:
            self._running.save(whole, now=now)

    def check_time(self, done: int, epoch_seconds: float | None) -> None:
        """Check before the training that it can end in time; cut the plan of a new net if it has a minimum.

        Raises:
            TooLong: A new net would take too much of the time, or less than half of the epochs would fit.
        """
        left = self.context.search.seconds_left()
        if left is None or epoch_seconds is None:
            return
        if not done and not self._is_first() and OTHER_SEED_OF not in self.trial.user_attrs:
            fits = int(MOST_OF_TIME * left / (epoch_seconds * len(self.context.splits)))
            if fits < self.plan.planned:
                if self.plan.minimum is None or fits < self.plan.minimum:
                    planned = f"{self.plan.planned} epochs of about {epoch_seconds:.0f} s"
                    raise TooLong(f"{planned} would take too much of the time left")
                self.plan.cut(fits)
        self._epochs_in_time(done, self.plan.planned, epoch_seconds, left)

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        """Return how many of the planned epochs fit into the time that is left."""
        self._estimate = epoch_seconds
        left = self.context.search.seconds_left()
        if self._ended or left is None:
            return planned
        return max(done, self._epochs_in_time(done, planned, epoch_seconds, left))

    def _epochs_in_time(self, done: float, epochs: float, epoch_seconds: float, left: float) -> float:
        fits = self._fitting(done, epoch_seconds, left)
        if fits < SHORTEST_SHARE * epochs and not self._is_first():
            raise TooLong(f"{epochs:g} epochs of about {epoch_seconds:.0f} s did not fit into the time left")
        return min(epochs, fits)

    def _fitting(self, done: float, epoch_seconds: float, left: float) -> float:
        """Return how many epochs of each fold fit into the time left, those that are done included."""
        return (done + left / epoch_seconds - self._tta_epochs) / len(self.context.splits)

    @property
    def _reserve(self) -> float:
        """Seconds that a training which ends now still needs; a fold beside others that have ended just stops."""
        return 0.0 if self._ended or self._estimate is None else self._estimate * self._tta_epochs

    @property
    def _tta_epochs(self) -> float:
        """Time of the TTA predictions at the end, in epochs; learning from a row takes three times as long."""
        train_rows, valid_rows = map(len, self.context.splits[0])
        return self._views * valid_rows / (3 * train_rows)

    def preparing(self, share: float) -> None:
        """Report how far the features are; stop if the user asked to, or if they cannot be there in time."""
        self._check_stop()
        clock, left = time.monotonic(), self.context.search.seconds_left()
        began, first_share = self._preparing = self._preparing or (clock, share)
        if left is not None and share > first_share:
            needed = (clock - began) / (share - first_share) * (1 - share)
            if needed > left and not self._is_first():
                cause = Interrupted if self._ended else TooLong
                raise cause(f"the features need {needed:.0f} s more, which do not fit into the time left")
        if left is not None and left < 0:
            raise Interrupted("out of time while features were computed; what there is of them is kept")
        self._report(0, share)

    def step_ended(self, epoch: int, share: float) -> None:
        """Report how far the epoch is; stop if the user asked to, or if the time is over."""
        self._check_stop()
        left = self.context.search.seconds_left()
        if left is not None and left < self._reserve and share < 1:
            self._end_within(epoch - 1 + share)
        self._report(self._epochs_ended + epoch, share)

    def _end_within(self, done: float) -> None:
        """End the training after so many epochs if that is enough for a score, else save it for another search.

        Raises:
            TooLong: Not one epoch has ended.
            Interrupted: Too few have, or other folds have.
        """
        enough = len(self.context.splits) == 1 and done >= SHORTEST_SHARE * self.plan.planned
        if not self._ended and (enough or self._is_first()):
            self.plan.cut(done)
            return
        if self._under_way is not None:
            self._save(self._under_way, now=True)
        if not self._curves:
            raise TooLong("not one epoch fitted into the time left")
        raise Interrupted(f"out of time after {self._epochs_ended + done:.1f} epochs")

    def _check_stop(self) -> None:
        if self.context.stopped():
            raise Interrupted("stopped by the user")

    def _report(self, epoch: int, share: float) -> None:
        clock = time.monotonic()
        if clock - self._reported >= STEP_REPORT_SECONDS:
            self._reported = clock
            total = len(self.context.splits) * self.plan.planned
            self.context.emit(Stepped(self.trial.number, self.context.worker, epoch, share, total))

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """Report the score; prune a trial that is behind others, and stop one that is out of time."""
        self._curve = curve
        if self._chooses(epoch):
            self.chosen = self._checkpoint(curve)
        ended, total = self._epochs_ended + epoch, len(self.context.splits) * self.plan.planned
        score, seconds, best = curve.scores[-1], curve.seconds[-1], self.mean_curve().best_epoch
        self.context.emit(EpochEnded(self.trial.number, self.context.worker, ended, total, score, seconds, best))
        if not self._ended:  # the pruner compares the first fold, which is the same for every trial
            self.trial.report(score, epoch)
            # Too few get as far as a promoted trial, and another seed of the best net is not to be compared.
            if epoch < self.plan.planned and not self._follows and self.trial.should_prune():
                raise optuna.TrialPruned(f"behind earlier trials after epoch {epoch}")
        left = self.context.search.seconds_left()
        if left is None or ended >= total:
            return
        if left < self._reserve:
            self._save(curve, now=True)
            raise Interrupted(f"out of time after epoch {ended} of {total}")
        self._replan(epoch, curve.seconds, left)

    def _replan(self, epoch: int, seconds: Sequence[float], left: float) -> None:
        """Plan fewer epochs if these take longer than was estimated, so that the schedule ends in time.

        The first takes longer than the others. What would come to less than half is left to the clock.
        """
        if len(seconds) > 1 and not self._ended:
            self._estimate = statistics.median(seconds[1:])
            fits = self._fitting(epoch, self._estimate, left)
            if fits >= SHORTEST_SHARE * self.plan.planned:
                self.plan.cut(max(epoch, fits))

    @property
    def _epochs_ended(self) -> int:
        return sum(len(curve.scores) for curve in self._ended)

    @property
    def _curves(self) -> list[Curve]:
        return [*self._ended, *([self._curve] if self._curve else [])]

    def mean_curve(self) -> Curve:
        """Return the scores epoch by epoch, averaged over the folds that have run the epoch."""
        curves = self._curves
        epochs = max((len(curve.scores) for curve in self._ended), default=len(curves[0].scores) if curves else 0)
        scores, errors = (
            [[each[epoch] for each in lists if epoch < len(each)] for epoch in range(epochs)]
            for lists in ([curve.scores for curve in curves], [curve.errors for curve in curves])
        )
        return Curve(
            self.context.metric,
            [sum(row) / len(row) for row in scores],
            errors=[math.hypot(*row) / len(row) for row in errors if row],  # each fold has other groups
        )

    @property
    def validated_rows(self) -> int:
        """Number of rows that the scores are of: those of the folds that have any."""
        return sum(len(rows) for _, rows in self.context.splits[: len(self._curves)])

    def epoch_seconds(self) -> float | None:
        """Return the median time of an epoch, as the first one of a process takes longer.

        Without a whole epoch it is estimated from some steps; None before these.
        """
        whole = None if self.plan.last_share == 1 else self.plan.planned - 1
        seconds = [each for curve in self._curves for each in curve.seconds[self.epochs_before : whole]]
        return statistics.median(seconds) if seconds else self._estimate

    @property
    def has_time(self) -> bool:
        """Whether the search has not come to its end."""
        left = self.context.search.seconds_left()
        return left is None or left >= 0

    def is_worth_a_score(self) -> bool:
        """Return whether the trial may end where it is, as the time is up.

        It may with a fold that has ended, or half of the epochs of the only one, or a single epoch while no other
        trial of the study is complete.
        """
        epochs = len(self._curve.scores) if self._curve else 0
        half = len(self.context.splits) == 1 and epochs >= SHORTEST_SHARE * self.plan.planned
        return bool(self._ended or (epochs and (half or self._is_first())))

    def end_in_time(self) -> bool:
        """End the trial where it is; return whether the fold that has not ended counts, as there is no other."""
        if self._ended:
            self._curve, self.chosen = None, self._chosen_before
            return False
        self.split_ended()
        return True

    def _is_first(self) -> bool:
        """Return whether the study has no complete trial, and of those that run this one began first."""
        states = (TrialState.COMPLETE, TrialState.RUNNING)
        trials = self.context.study.get_trials(deepcopy=False, states=states)
        return all(trial.state == TrialState.RUNNING and trial.number >= self.trial.number for trial in trials)
