"""The fit loop: train an epoch, validate, tell the callback, and so on to the last planned epoch."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric
from kagglebot.training.checkpoints import Checkpoint, RunningCheckpoint
from kagglebot.training.learner import Images, Labels, Learner, Position, Rows
from kagglebot.training.validation import PartScore, Validation

#: Steps left out of the first estimate of an epoch's time: they trace and warm up.
WARM_UP_STEPS = 4
ESTIMATE_STEPS = 12


@dataclass
class TrainingPlan:
    """The number of epochs of a training; its rate schedule ends with the last planned one.

    Where time is short, only the first part of the last epoch is run.
    """

    asked: int  #: Epochs that the settings ask for.
    #: Fewest epochs that a new net may be cut to before it starts; None if it must not be cut.
    minimum: int | None = None
    #: Epochs to run: ``asked``, or fewer if time is short or the training loss stalls.
    planned: int = field(init=False)
    last_share: float = field(init=False, default=1.0)  #: Share of the last planned epoch that is run.

    def __post_init__(self) -> None:
        self.planned = self.asked

    @property
    def length(self) -> float:
        """Epochs to run, of the last one its share."""
        return self.planned - 1 + self.last_share

    def cut(self, epochs: float) -> None:
        """Plan no more than ``epochs`` epochs, more than 0."""
        if epochs < self.length:
            self.planned = max(1, math.ceil(epochs))
            self.last_share = epochs - (self.planned - 1)


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


class FitCallback:
    """Hooks of the fit loop; override those of interest. Any of them may raise to stop the training."""

    def preparing(self, share: float) -> None:
        """Take note that ``share`` of what comes before the first epoch is done."""

    def step_ended(self, epoch: int, share: float) -> None:
        """Take note that ``share`` of ``epoch`` (from 1) is done."""

    def can_go_on(self, curve: Curve) -> None:
        """Take note that the learner's state is now one from which the training can go on, if need be."""

    def parts_of_epoch(self) -> int:
        """Return into how many equal parts the epoch under way is divided: the net is validated after each."""
        return 1

    def part_ended(self, epoch: int, share: float, curve: Curve) -> None:
        """Take note that the net was validated within ``epoch``; its score is the last of ``curve.parts``."""

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """Take note that ``epoch`` was trained and validated; its score is the last of ``curve``."""

    def limit_epochs(self, done: float, planned: float, epoch_seconds: float) -> float:
        """Return how many of the planned epochs to run, once the ``done`` ones have shown what one takes."""
        return planned


class _EpochCut(Exception):
    """So much of the last epoch is done as there was time for."""


def fit(
    learner: Learner,
    images: Images,
    labels: Labels,
    train_rows: Rows,
    valid_rows: Rows,
    *,
    metric: str,
    plan: TrainingPlan | None = None,
    callback: FitCallback | None = None,
    before: Curve | None = None,
    groups: Groups = None,
) -> Curve:
    """Train for the planned epochs and validate after each.

    Args:
        learner: A new net, or one restored from a checkpoint.
        images: ``(n, height, width, channels)`` uint8.
        labels: ``(n,)`` class indices.
        train_rows: Rows to learn from.
        valid_rows: Rows to score on, none of them in ``train_rows``.
        metric: Name of the metric.
        plan: The epochs to run; None for those of the learner's settings. It is cut where the training is.
        callback: Hooks that may shorten or stop the training.
        before: The learning curve of a restored net; its epochs count as done, and one under way goes on.
        groups: ``(n,)`` int64: rows of a group are on one side of the split; None where each is one of its own.

    Raises:
        TrainingError: The net diverged or memory ran out.
    """
    callback = callback or FitCallback()
    plan = plan or TrainingPlan(learner.settings.epochs)
    curve = Curve(get_metric(metric))
    if before is not None:
        curve = replace(
            before,
            scores=list(before.scores),
            seconds=list(before.seconds),
            errors=list(before.errors),
            parts=list(before.parts),
        )
        for epoch in range(1, len(before.scores) + 1):
            learner.epoch_ended(improved=before.improved_at(epoch))
        if learner.finished:
            plan.cut(len(before.scores))
    learner.prepare(images, callback.preparing)
    timer = _EpochTimer(learner.steps(len(train_rows)))
    validation = Validation(learner, images, labels, train_rows, valid_rows, curve.metric, groups)
    epoch = len(curve.scores)
    while epoch < plan.planned:
        epoch += 1
        started = time.monotonic() - curve.under_way

        def on_step(share: float, epoch: int = epoch, started: float = started) -> None:
            curve.under_way = time.monotonic() - started
            callback.can_go_on(curve)
            if (estimate := timer.step_ended()) is not None:
                plan.cut(callback.limit_epochs(epoch - 1 + share, plan.length, estimate))
            callback.step_ended(epoch, share)
            if share < 1 and epoch - 1 + share >= plan.length:
                raise _EpochCut
            if (part := _part_to_validate(curve, epoch - 1 + share, callback.parts_of_epoch())) is not None:
                with timer.paused():
                    curve.parts.append(validation.score_part(part))
                    callback.part_ended(epoch, share, curve)

        position = _schedule_position(epoch, plan)
        with suppress(_EpochCut):
            learner.run_epoch(images, labels, train_rows, schedule_position=position, on_step=on_step)
        score, error = validation.score_epoch()
        curve.scores.append(score)
        if error is not None:
            curve.errors.append(error)
        curve.seconds.append(time.monotonic() - started)
        curve.under_way = 0.0
        learner.epoch_ended(improved=curve.improved_at(epoch))
        if learner.finished:
            plan.cut(epoch)
        callback.epoch_ended(epoch, curve)
        callback.can_go_on(curve)
    return curve


def fit_all(
    learner: Learner,
    images: Images,
    labels: Labels,
    rows: Rows,
    *,
    epochs: int,
    plan: TrainingPlan,
    validated: Curve,
    running: RunningCheckpoint | None = None,
    on_step: Callable[[int, float], None] = lambda epoch, share: None,
) -> float:
    """Train with the schedule of a validated training, up to the epoch that validation chose.

    Args:
        learner: A new net.
        images: ``(n, height, width, channels)`` uint8.
        labels: ``(n,)`` class indices.
        rows: Rows to learn from.
        epochs: Epochs to run.
        plan: The epochs that the rate schedule is laid out for.
        validated: Learning curve of the validated training; the schedule "plateau" follows it.
        running: Where its state is kept while it runs, and from where it goes on; None to keep none.
        on_step: Called with (epoch, share of it) after each step.

    Returns:
        Seconds that it took before it was cut off.

    Raises:
        TrainingError: The net diverged or memory ran out.
    """
    before = running.read() if running else None
    if before is not None:
        learner.restore(before.state)
    seconds, under_way = (before.seconds, before.under_way) if before else ((), 0.0)
    earlier = sum(seconds) + under_way

    def ended(epoch: int) -> None:
        if epoch <= len(validated.scores):
            learner.epoch_ended(improved=validated.improved_at(epoch))

    def keep(under_way: float = 0.0) -> None:
        if running is not None:
            running.save(lambda: _unvalidated(learner, seconds, under_way))

    for epoch in range(1, len(seconds) + 1):
        ended(epoch)
    for epoch in range(len(seconds) + 1, epochs + 1):
        started, under_way = time.monotonic() - under_way, 0.0

        def stepped(share: float, epoch: int = epoch, started: float = started) -> None:
            keep(time.monotonic() - started)
            on_step(epoch, share)

        position = _schedule_position(epoch, plan)
        learner.run_epoch(images, labels, rows, schedule_position=position, on_step=stepped)
        ended(epoch)
        seconds += (time.monotonic() - started,)
        keep()
    if epochs:
        learner.settle(images, rows)
    return earlier


def _unvalidated(learner: Learner, seconds: tuple[float, ...], under_way: float) -> Checkpoint | None:
    state = learner.state()
    return None if state is None else Checkpoint(state, (), seconds, under_way)


def _schedule_position(epoch: int, plan: TrainingPlan) -> Position:
    # Reads `length` at each step: a training that is cut on the way still ends its schedule.
    return lambda share: (epoch - 1 + share) / plan.length


def _part_to_validate(curve: Curve, done: float, parts: int) -> float | None:
    """Return the end of a part of an epoch that has just been reached, after ``done`` epochs; None if none has.

    Scores of several nets are compared, so that one which would come half a part late is left out.
    """
    end, before = math.floor(done * parts) / parts, curve.parts[-1].epochs if curve.parts else 0.0
    return end if end % 1 and end > before and done - end < 0.5 / parts else None


class _EpochTimer:
    """Estimates an epoch's seconds from a few steps, once; not those of an epoch of one step, which compiles."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._warm_up = max(1, min(WARM_UP_STEPS, steps - 1))
        self._needed = min(ESTIMATE_STEPS, steps - self._warm_up)
        self._count = 0
        self._started = time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out the time that this block takes."""
        began = time.monotonic()
        yield
        self._started += time.monotonic() - began

    def step_ended(self) -> float | None:
        self._count += 1
        if self._count == self._warm_up:
            self._started = time.monotonic()
        if not self._needed or self._count != self._warm_up + self._needed:
            return None
        validation = 1.07  # predicting the validation rows costs a little more
        return (time.monotonic() - self._started) / self._needed * self._steps * validation
