"""What a trial is watched for while it trains: pruning, the clock, and the user's wish to stop."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from kagglebot.callbacks.events import Emit, EpochEnded, Stepped, TrialEnded
from kagglebot.datasets.splits import Split
from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.study import CONTINUES, finish
from kagglebot.training.checkpoints import Checkpoint
from kagglebot.training.fit import Curve, Watcher
from kagglebot.training.learner import Learner
from kagglebot.training.tta import SHIFTS

#: A trial that cannot run at least this share of its epochs in the time left is kept for later.
SHORTEST_SHARE = 0.5
#: Share of the time left that a new net may be expected to take: one that takes more leaves too little for others,
#: and its final training would be as long again.
MOST_OF_TIME = 0.35
#: Seconds between two reports from inside an epoch.
STEP_REPORT_SECONDS = 0.5


class Interrupted(Exception):
    """The trial must end now, from no fault of its own; its settings run again another time."""


class TooLong(Interrupted):
    """The trial's net cannot be trained in the time that is left; a lighter one may."""


@dataclass(frozen=True)
class Conditions:
    """What trials of one worker have in common.

    Attributes:
        seed: Seed of the search.
        worker: Number of the worker, from 0.
        folder: The study's folder.
        lock: File name of the worker's life lock.
        host_id: The folder on the machine whose locks tell of it, as ``heartbeat.home`` names it.
        threads: Threads a step may use.
        deadline: Wall-clock time, in seconds since the epoch, by which trials should be over; None for no limit.
        stopped: Tells whether the user asked to stop.
        emit: Where events go.
        limits: Largest values of parameters that the images can carry.
        metric: What trials are scored by.
        splits: The rows that every trial learns from, and those it is scored on; one pair a fold.
    """

    seed: int
    worker: int
    folder: Path
    lock: str
    threads: int
    deadline: float | None
    stopped: Callable[[], bool]
    emit: Emit
    limits: Mapping[str, int]
    metric: Metric
    splits: Sequence[Split]
    host_id: str = ""

    def seconds_left(self) -> float | None:
        """Time until the deadline; None without one."""
        return None if self.deadline is None else self.deadline - time.time()


class TrialWatcher(Watcher):
    """Reports a training to the study and to whoever draws it; stops it when it should end."""

    def __init__(self, study: optuna.Study, trial: optuna.Trial, conditions: Conditions) -> None:
        self.parameter_count: int | None = None
        self.epochs_before = 0
        self._learner: Learner | None = None
        self.planned = 0
        self._study, self._trial, self._conditions = study, trial, conditions
        self._goes_on = CONTINUES in trial.user_attrs
        self.splits = conditions.splits
        self._ended: list[Curve] = []
        self._curve: Curve | None = None
        self._started = time.monotonic()
        self._told = 0.0

    def split_began(self, learner: Learner, checkpoint: Checkpoint | None) -> Curve | None:
        """A net begins to learn; at a checkpoint it goes on, and what validation saw of it is given."""
        self.parameter_count, self._learner = learner.parameter_count, learner
        if checkpoint is None:
            return None
        learner.restore(checkpoint.state)
        self.epochs_before = len(checkpoint.scores)
        for epoch, score in enumerate(checkpoint.scores, start=1):
            self._trial.report(score, epoch)
        scores, seconds = list(checkpoint.scores), list(checkpoint.seconds)
        return Curve(self._conditions.metric, learner.settings.epochs, scores, seconds)

    def checkpoint(self) -> Checkpoint | None:
        """Where the net stands, at the end of the training; None where it could not go on from there."""
        if len(self._ended) != 1 or len(self.splits) != 1 or self._learner is None:
            return None
        state, curve = self._learner.state(), self._ended[0]
        return None if state is None else Checkpoint(state, tuple(curve.scores), tuple(curve.seconds))

    def foresee(self, done: int, epochs: int, epoch_seconds: float | None, least: int | None = None) -> None:
        """Refuse to begin a trial for which the time left is plainly too short.

        Args:
            done: Epochs that are behind it.
            epochs: Epochs it is to have in all.
            epoch_seconds: What each is expected to take; None where nobody knows.
            least: A new net is shortened instead, to no fewer epochs than these; None where it may not be.

        Raises:
            TooLong: A new net would take too much of the time, or less than half of its epochs would fit.
        """
        left = self._conditions.seconds_left()
        if left is None or epoch_seconds is None:
            return
        if not done and not self._is_first():
            fits = int(MOST_OF_TIME * left / (epoch_seconds * len(self.splits)))
            if fits < epochs:
                if least is None or fits < least:
                    reason = f"{epochs} epochs of about {epoch_seconds:.0f} s would take too much of the time left"
                    raise TooLong(reason)
                self.planned = epochs = fits
        self._fit(done, epochs, epoch_seconds, left)

    def affordable(self, epoch: int, epochs: int, epoch_seconds: float) -> int:
        """Lay the trial out for the time that is left."""
        left = self._conditions.seconds_left()
        if self._ended or left is None:
            self.planned = epochs
        else:  # the epoch that is running has begun already
            self.planned = self._fit(epoch, epochs, epoch_seconds, left)
        return self.planned

    def _fit(self, done: int, epochs: int, epoch_seconds: float, left: float) -> int:
        fits = int((done + left / epoch_seconds - self._ending_epochs) / len(self.splits))
        if fits < max(1, SHORTEST_SHARE * epochs) and not self._is_first():
            raise TooLong(f"{epochs} epochs of about {epoch_seconds:.0f} s did not fit into the time left")
        return max(1, done, min(epochs, fits))

    @property
    def _ending_epochs(self) -> float:
        """What the predictions over all views take at the end; learning from a row takes three times as long."""
        learned, held_out = map(len, self.splits[0])
        return len(SHIFTS) * held_out / (3 * learned)

    def step_ended(self, epoch: int, share: float) -> None:
        """Tell how far the epoch is; stop where the user wants to."""
        if self._conditions.stopped():
            raise Interrupted("stopped by the user")
        clock = time.monotonic()
        if clock - self._told >= STEP_REPORT_SECONDS:
            self._told = clock
            number, worker, total = self._trial.number, self._conditions.worker, len(self.splits) * self.planned
            self._conditions.emit(Stepped(number, worker, self._before + epoch, share, total))

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """Report the score, and stop a trial that is behind or out of time."""
        self._curve, self.planned = curve, curve.planned
        mean = self.mean_curve()
        self._conditions.emit(
            EpochEnded(
                self._trial.number,
                self._conditions.worker,
                self._before + epoch,
                len(self.splits) * curve.planned,
                curve.scores[-1],
                curve.seconds[-1],
                mean.best_epoch,
            )
        )
        if self._ended:  # the pruner compares the first fold, which is the same for every trial
            return
        self._trial.report(curve.scores[-1], epoch)
        if epoch == curve.planned:
            return
        if not self._goes_on and self._trial.should_prune():  # few get as far as one that goes on
            raise optuna.TrialPruned(f"behind earlier trials after epoch {epoch}")
        left = self._conditions.seconds_left()
        if left is not None and left < 0:
            raise Interrupted(f"out of time after epoch {epoch} of {curve.planned}")

    def split_ended(self) -> None:
        """The training on one split is over; the next one begins."""
        if self._curve is not None:
            self._ended.append(self._curve)
            self._curve = None

    @property
    def _before(self) -> int:
        return sum(len(curve.scores) for curve in self._ended)

    def mean_curve(self) -> Curve:
        """The scores epoch by epoch, averaged over the splits that got that far."""
        curves = [*self._ended, *([self._curve] if self._curve else [])]
        epochs = max((len(curve.scores) for curve in self._ended), default=len(curves[0].scores) if curves else 0)
        rows = [[curve.scores[epoch] for curve in curves if epoch < len(curve.scores)] for epoch in range(epochs)]
        return Curve(self._conditions.metric, self.planned, [sum(row) / len(row) for row in rows])

    def _epoch_seconds(self) -> float | None:
        """An epoch's usual time; the first one of a process takes longer."""
        curves = [*self._ended, *([self._curve] if self._curve else [])]
        seconds = [each for curve in curves for each in curve.seconds[self.epochs_before :]]
        return statistics.median(seconds) if seconds else None

    def has_only_result(self) -> bool:
        """Whether this trial has a score and no other is complete."""
        return bool(self.mean_curve().scores) and self._is_first()

    def _is_first(self) -> bool:
        return not self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def close(
        self,
        state: TrialState,
        name: str,
        reason: str,
        *,
        run_again: bool = False,
        found: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down what came of the trial, ``found`` included, and tell it.

        Without a single score that is a number it has failed.
        """
        seconds = time.monotonic() - self._started
        curve = self.mean_curve()
        rows = sum(len(held_out) for _, held_out in self.splits)
        chosen = curve.lasting_epoch(rows) if curve.scores else None
        score = curve.scores[chosen - 1] if chosen else None
        if score is not None and math.isnan(score):
            score = None
            if state in (TrialState.COMPLETE, TrialState.PRUNED):
                state, name = TrialState.FAIL, "failed"
                reason = f"no epoch has a score: {self._conditions.metric.text} says nothing of such answers"
        result = {
            "state": name,
            "reason": reason,
            "seconds": seconds,
            "planned": self.planned,
            "epoch": chosen,
            "curve": curve.scores,
            "parameter_count": self.parameter_count,
            "epochs_before": self.epochs_before,
            "epoch_seconds": self._epoch_seconds(),
            **(found or {}),
        }
        value = score if state == TrialState.COMPLETE else None
        finish(self._study, self._trial.number, state, value, result=result, run_again=run_again)
        number, worker = self._trial.number, self._conditions.worker
        self._conditions.emit(TrialEnded(number, worker, name, score, reason, seconds))
