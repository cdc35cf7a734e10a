"""The time that is left for a trial: how many of its epochs fit, and when it must end."""

import statistics
import time

import optuna
from optuna.trial import TrialState

from kagglebot.search.storage.attributes import OTHER_SEED_OF
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.curves import FoldCurves
from kagglebot.search.trial.outcome import Interrupted, TooLong
from kagglebot.training.fit import TrainingPlan

#: A trial stops, to run another time, if less than this share of its epochs fits into the time left.
SHORTEST_SHARE = 0.5
#: Largest share of the time left that a new net may be expected to take: more would leave too little for others.
MOST_OF_TIME = 0.35


class TimeBudget:
    """The time of a trial.

    Args:
        context: Whose search has the deadline.
        trial: The trial.
        plan: The epochs of each fold, which are cut where time is short.
        curves: What was trained so far.
        views: How many views of an image its nets predict with test-time augmentation.
    """

    def __init__(
        self, context: WorkerContext, trial: optuna.Trial, plan: TrainingPlan, curves: FoldCurves, views: int = 1
    ) -> None:
        self.context, self._trial, self._plan, self._curves, self._views = context, trial, plan, curves, views
        self._started = time.monotonic()
        self._preparing: tuple[float, float] | None = None
        self._estimate: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the trial started."""
        return time.monotonic() - self._started

    @property
    def has_time(self) -> bool:
        """Whether the search has not come to its end."""
        left = self.context.search.seconds_left()
        return left is None or left >= 0

    def epoch_seconds(self) -> float | None:
        """Return the median time of an epoch, as the first one of a process takes longer.

        Without a whole epoch it is estimated from some steps; None before these.
        """
        whole = None if self._plan.last_share == 1 else self._plan.planned - 1
        first = self._curves.epochs_before
        seconds = [each for curve in self._curves.scored for each in curve.seconds[first:whole]]
        return statistics.median(seconds) if seconds else self._estimate

    def check_start(self, done: int, epoch_seconds: float | None) -> None:
        """Check before the training that it can end in time; cut the plan of a new net if it has a minimum.

        Raises:
            TooLong: A new net would take too much of the time, or less than half of the epochs would fit.
        """
        left = self.context.search.seconds_left()
        if left is None or epoch_seconds is None:
            return
        if not done and not self._is_first() and OTHER_SEED_OF not in self._trial.user_attrs:
            fits = int(MOST_OF_TIME * left / (epoch_seconds * len(self._curves.splits)))
            if fits < self._plan.planned:
                if self._plan.minimum is None or fits < self._plan.minimum:
                    planned = f"{self._plan.planned} epochs of about {epoch_seconds:.0f} s"
                    raise TooLong(f"{planned} would take too much of the time left")
                self._plan.cut(fits)
        self._epochs_in_time(done, self._plan.planned, epoch_seconds, left)

    def check_features(self, share: float) -> None:
        """Check whether the features, of which a ``share`` is computed, can be there in time.

        Raises:
            TooLong: They cannot.
            Interrupted: They cannot, and other folds have ended; or the time is over.
        """
        clock, left = time.monotonic(), self.context.search.seconds_left()
        began, first_share = self._preparing = self._preparing or (clock, share)
        if left is not None and share > first_share:
            needed = (clock - began) / (share - first_share) * (1 - share)
            if needed > left and not self._is_first():
                cause = Interrupted if self._curves.ended else TooLong
                raise cause(f"the features need {needed:.0f} s more, which do not fit into the time left")
        if left is not None and left < 0:
            raise Interrupted("out of time while features were computed; what there is of them is kept")

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        """Return how many of the planned epochs fit into the time that is left."""
        self._estimate = epoch_seconds
        left = self.context.search.seconds_left()
        if self._curves.ended or left is None:
            return planned
        return max(done, self._epochs_in_time(done, planned, epoch_seconds, left))

    def check_step(self, done: float) -> None:
        """Check whether there is time within an epoch, ``done`` epochs into a fold; end the training there if not.

        Raises:
            TooLong: Not one epoch has ended.
            Interrupted: Too few for a score have ended, or other folds have.
        """
        left = self.context.search.seconds_left()
        if left is None or left >= self._reserve:
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
        left = self.context.search.seconds_left()
        ended, total = self._curves.epochs_ended + epoch, len(self._curves.splits) * self._plan.planned
        if left is None or ended >= total:
            return
        if left < self._reserve:
            raise Interrupted(f"out of time after epoch {ended} of {total}")
        if len(epoch_seconds) > 1 and not self._curves.ended:
            self._estimate = statistics.median(epoch_seconds[1:])
            fits = self._fitting(epoch, self._estimate, left)
            if fits >= SHORTEST_SHARE * self._plan.planned:
                self._plan.cut(max(epoch, fits))

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

    def _epochs_in_time(self, done: float, epochs: float, epoch_seconds: float, left: float) -> float:
        fits = self._fitting(done, epoch_seconds, left)
        if fits < SHORTEST_SHARE * epochs and not self._is_first():
            raise TooLong(f"{epochs:g} epochs of about {epoch_seconds:.0f} s did not fit into the time left")
        return min(epochs, fits)

    def _fitting(self, done: float, epoch_seconds: float, left: float) -> float:
        """Return how many epochs of each fold fit into the time left, those that are done included."""
        return (done + left / epoch_seconds - self._tta_epochs) / len(self._curves.splits)

    @property
    def _reserve(self) -> float:
        """Seconds that a training which ends now still needs; a fold beside others that have ended just stops."""
        return 0.0 if self._curves.ended or self._estimate is None else self._estimate * self._tta_epochs

    @property
    def _tta_epochs(self) -> float:
        """Time of the TTA predictions at the end, in epochs; learning from a row takes three times as long."""
        train_rows, valid_rows = map(len, self._curves.splits[0])
        return self._views * valid_rows / (3 * train_rows)
