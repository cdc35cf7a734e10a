"""The time that is left for a trial: how many of its epochs fit, and when it must end."""

import math

import optuna
from optuna.trial import TrialState

from kagglebot.search.storage.attributes import OTHER_SEED_OF
from kagglebot.search.storage.optuna_study import is_enqueued
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.search.trial.fit.measured_times import MeasuredTimes
from kagglebot.search.trial.outcome import Interrupted, TooLong
from kagglebot.training.plan import TrainingPlan
from kagglebot.training.scoring.validation import count_part_rows

#: A trial stops, to run another time, if less than this share of its epochs fits into the time left.
SHORTEST_SHARE = 0.5
#: Largest share of the time left that a new net may be expected to take: more would leave too little for others.
MOST_OF_TIME = 0.35
#: How many times the time left a net or its features must need before the first trial leaves it to other families.
MUCH_TOO_LONG = 2.0
#: Share of a search's time by which test-time augmentation may end later, as its time is estimated.
HARDLY_LATE = 0.02
#: Share of a search's time from which an epoch is long: the net is validated about as often within it, in at most
#: so many parts.
LONG_EPOCH, MOST_PARTS = 0.1, 8


class TimeBudget:
    """The time of a trial.

    Args:
        context: Whose search has the deadline.
        trial: The trial.
        plan: The epochs of each fold, which are cut where time is short.
        curves: What was trained so far.
        views: How many views of an image its nets predict with test-time augmentation.
        statistics: Rows that the statistics of batch normalisation are taken from at the end.

    Attributes:
        times: What the trial measures of its speed.
    """

    def __init__(
        self,
        context: WorkerContext,
        trial: optuna.Trial,
        plan: TrainingPlan,
        curves: FoldCurves,
        *,
        views: int,
        statistics: int,
    ) -> None:
        self.context, self._trial, self._plan, self._curves = context, trial, plan, curves
        self._views, self._statistics = views, statistics
        self.times = MeasuredTimes()

    def has_time_for_tta(self, share: float) -> bool:
        """Return whether a ``share`` of the validation rows can be predicted with TTA in time, or hardly later."""
        left = self.context.search.seconds_left()
        hardly = HARDLY_LATE * (self.context.search.seconds or 0.0)
        return left is None or left >= max(0.0, share * self._seconds_of(self._views) - hardly)

    def check_before(self, start: float, features: float = 0.0) -> None:
        """Check whether a net can be begun that takes so many seconds to build and compile, and for its features.

        Its own start counts where there was one, in an earlier fold.

        Raises:
            TooLong: The features would not be there in time, or its first step would not end.
            Interrupted: Likewise, and other folds have ended.
        """
        left, start = self.context.search.seconds_left(), self.times.start_seconds or start
        if left is None or left >= start + features:
            return
        if self._curves.ended:
            raise Interrupted(f"a net takes {start:.0f} s to its first step, which do not fit into the time left")
        if self._goes_on(start + features, left):
            return
        if left < start:
            raise TooLong(f"a net takes {start:.0f} s to its first step, which do not fit into the time left")
        raise TooLong(f"the features need {features:.0f} s, which do not fit into the time left")

    def check_start(
        self, done: int, epoch_seconds: float | None, before: float = 0.0, *, late: bool = False
    ) -> None:
        """Check before the training that it can end in time; cut the plan of a new net if it has a minimum.

        ``before`` are the seconds that pass before its first step. If it is ``late``, a net without a minimum may
        take all of the time: no other one would.

        Raises:
            TooLong: A new net would take too much of the time, or less than half of the epochs would fit.
        """
        left = self.context.search.seconds_left()
        if left is None or epoch_seconds is None:
            return
        left -= before
        takes_all = late and self._plan.minimum is None
        if not (done or takes_all or self._is_first() or OTHER_SEED_OF in self._trial.user_attrs):
            fits = int(MOST_OF_TIME * left / (epoch_seconds * len(self._curves.splits)))
            if fits < self._plan.planned:
                if self._plan.minimum is None or fits < self._plan.minimum:
                    planned = f"{self._plan.planned} epochs of about {_about(epoch_seconds)}"
                    raise TooLong(f"{planned} would take too much of the time left")
                self._plan.cut(fits)
        self._epochs_in_time(done, self._plan.planned, epoch_seconds, left)

    def check_features(self, share: float) -> None:
        """Check whether the features, of which a ``share`` is computed, can be there in time.

        Raises:
            TooLong: They cannot.
            Interrupted: They cannot, and other folds have ended; or the time is over.
        """
        needed, left = self.times.features_at(share), self.context.search.seconds_left()
        if left is not None and needed is not None and needed > left and not self._goes_on(needed, left):
            cause = Interrupted if self._curves.ended else TooLong
            raise cause(f"the features need {needed:.0f} s more, which do not fit into the time left")
        if left is not None and left < 0:
            raise Interrupted("out of time while features were computed; what there is of them is kept")

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        """Return how many of the planned epochs fit into the time that is left."""
        if (parts := self._parts(epoch_seconds)) > 1:
            rows = count_part_rows(*map(len, self._curves.splits[0]))
            epoch_seconds *= 1 + (parts - 1) * self._epochs_of(0, rows)
        self.times.epoch_estimated(epoch_seconds)
        left = self.context.search.seconds_left()
        if self._curves.ended or left is None:
            return planned
        return max(done, self._epochs_in_time(done, planned, epoch_seconds, left))

    def parts_of_epoch(self) -> int:
        """Return in how many parts the epoch under way is validated.

        It is 1 without a time limit, and also where the training soon ends and is validated anyway.
        """
        seconds, left = self.context.search.seconds, self.context.search.seconds_left()
        if seconds is None or left is None or left < LONG_EPOCH * seconds + self._reserve(validated=False):
            return 1
        return self._parts(self.times.epoch_seconds)

    def _parts(self, epoch_seconds: float | None) -> int:
        """Return in how many parts an epoch of so many seconds is validated; a power of 2, so that trials compare.

        Trials whose epochs take unequally long are then validated at the same shares of them.
        """
        tenths = (epoch_seconds or 0.0) / (LONG_EPOCH * (self.context.search.seconds or math.inf))
        return min(MOST_PARTS, 2 ** max(1, round(math.log2(tenths)))) if tenths > 1 else 1

    def check_step(self, done: float) -> None:
        """Check whether there is time for one more step, ``done`` epochs into a fold; end the training if not.

        Raises:
            TooLong: Not one epoch has ended.
            Interrupted: Too few for a score have ended, or other folds have.
        """
        left = self.context.search.seconds_left()
        step = 0.0 if self._curves.ended else self.times.step_seconds
        if left is None or left >= step + self._reserve(validated=False):
            return
        if not self._curves.ended and self._is_enough(done):
            self._plan.cut(done)
            return
        if not self._curves.scored:
            raise TooLong("not one epoch fitted into the time left")
        raise Interrupted(f"out of time after {self._curves.epochs_ended + done:.1f} epochs")

    def check_epoch(self, epoch: int, epoch_seconds: list[float]) -> None:
        """Check whether there is time after an epoch of a fold; plan fewer if they take longer than estimated.

        The rate schedule of the shorter plan then ends in time. The first epoch takes longer than the others. What
        would come to less than half is left to ``check_step``.

        Raises:
            Interrupted: There is no time for the next epoch.
        """
        whole = epoch_seconds[self._curves.epochs_before : int(self._plan.length)]
        self.times.epochs_took(whole)
        left = self.context.search.seconds_left()
        ended, total = self._curves.epochs_ended + epoch, len(self._curves.splits) * self._plan.planned
        if left is None or ended >= total:
            return
        if left < self._reserve(validated=True):
            raise Interrupted(f"out of time after epoch {ended} of {total}")
        seconds = self.times.epoch_seconds
        if seconds is not None and len(whole) > 1 and not self._curves.ended:
            fits = self._fitting(epoch, seconds, left)
            if fits >= SHORTEST_SHARE * self._plan.planned:
                self._plan.cut(max(epoch, fits))

    def runs_again(self) -> bool:
        """Return whether the trial, should it not end in time, is the first of the next search, and goes on there.

        It is if it was enqueued: no lighter net can be drawn before it. Of several families the others go on.
        """
        return is_enqueued(self.context.study, self._trial) and len(self.context.definition.families) == 1

    def is_worth_a_score(self) -> bool:
        """Return whether the trial may end where it is, as the time is up.

        It may with a fold that has ended, or half of the epochs of the only one, or a single epoch while no other
        trial of the study is complete.
        """
        running = self._curves.running
        epochs = len(running.scores) if running else 0
        return bool(self._curves.ended or (epochs and self._is_enough(epochs)))

    def _is_enough(self, done: float) -> bool:
        """Return whether a fold is worth a score after so many epochs, as the only one or in the first trial."""
        half = len(self._curves.splits) == 1 and done >= SHORTEST_SHARE * self._plan.planned
        return half or self._is_first()

    def _is_first(self) -> bool:
        """Return whether the study has no complete trial, and of those that run this one began first."""
        states = (TrialState.COMPLETE, TrialState.RUNNING)
        trials = self.context.study.get_trials(deepcopy=False, states=states)
        return all(trial.state == TrialState.RUNNING and trial.number >= self._trial.number for trial in trials)

    def _goes_on(self, needed: float, left: float) -> bool:
        """Return whether to begin a net or its features although more seconds are needed than are left.

        The first trial does, unless there is much too little and another family may have a score.
        """
        return self._is_first() and (len(self.context.definition.families) == 1 or needed <= MUCH_TOO_LONG * left)

    def _epochs_in_time(self, done: float, epochs: float, epoch_seconds: float, left: float) -> float:
        """Return how many of so many epochs fit; all, if fewer than are worth a score are run in this search.

        Raises:
            TooLong: Fewer fit, and the trial does not go on in the next search.
        """
        fits = self._fitting(done, epoch_seconds, left)
        if fits >= SHORTEST_SHARE * epochs or self._is_first():
            return min(epochs, fits)
        if self.runs_again():
            return epochs
        raise TooLong(f"{epochs:g} epochs of about {_about(epoch_seconds)} did not fit into the time left")

    def _fitting(self, done: float, epoch_seconds: float, left: float) -> float:
        """Return how many epochs of each fold fit into the time left, those that are done included."""
        at_the_end = self._epochs_of(self._views, self._statistics)
        return (done + left / epoch_seconds) / len(self._curves.splits) - at_the_end

    def _reserve(self, *, validated: bool) -> float:
        """Return the seconds that a training which ends now still needs for predictions.

        Folds after the first do without TTA where there is no time for it: they would be lost.
        """
        return self._seconds_of((1 if self._curves.ended else self._views) + (not validated), self._statistics)

    def _seconds_of(self, views: int, rows: int = 0) -> float:
        """Return the seconds that so many views of the validation rows take, and so many other rows."""
        epoch = self.times.epoch_seconds
        return epoch * self._epochs_of(views, rows) if epoch else 0.0

    def _epochs_of(self, views: int, rows: int) -> float:
        """Return the same in epochs; learning from a row takes three times as long as predicting it."""
        train_rows, valid_rows = map(len, self._curves.splits[0])
        return (views * valid_rows + rows) / (3 * train_rows)


def _about(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"
