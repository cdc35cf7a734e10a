"""The fit loop: train an epoch, validate, tell the callback, and so on to the last planned epoch."""

import math
import time
from collections.abc import Callable
from contextlib import suppress

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.registry import get_metric
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import Checkpoint, RunningCheckpoint
from kagglebot.training.learner import Images, Labels, Learner, Position, Rows
from kagglebot.training.plan import EpochTimer, TrainingPlan
from kagglebot.training.scoring.validation import Validation


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
    curve = Curve(get_metric(metric)) if before is None else before.copy()
    if before is not None:
        for epoch in range(1, len(before.scores) + 1):
            learner.epoch_ended(improved=before.improved_at(epoch))
        if learner.finished:
            plan.cut(len(before.scores))
    learner.prepare(images, callback.preparing)
    timer = EpochTimer(learner.steps(len(train_rows)))
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
        curve.end_epoch(score, error, time.monotonic() - started)
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
