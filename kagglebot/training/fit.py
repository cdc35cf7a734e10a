"""The fit loop: epochs, validation after each, and whoever listens."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.metric import Metric
from kagglebot.metrics.registry import get_metric
from kagglebot.training.learner import Learner, TrainingError, now

#: Why a training ended that came to nothing a number can say; a trial's reason.
DIVERGED = ("the loss is no longer a number", "its answers are no longer numbers")
#: Steps left out of the first estimate of an epoch's time: they trace and warm up.
WARM_UP_STEPS = 4
ESTIMATE_STEPS = 12


@dataclass
class Curve:
    """What validation saw: one score an epoch.

    Attributes:
        metric: What the scores are, and which of two is better.
        planned: Epochs that the rate schedule was laid out for.
        scores: Validation score after each epoch.
        seconds: Wall time of each epoch, validation included.
    """

    metric: Metric
    planned: int
    scores: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, with the best score; the first of equals."""
        return self.metric.best(self.scores) + 1

    @property
    def best(self) -> float:
        """The best score; not a number only where no epoch has one."""
        return self.scores[self.best_epoch - 1]

    def lasting_epoch(self, rows: int) -> int:
        """The last epoch, from 1, whose score is no worse than the best by more than chance.

        A score on some rows is only so sure, and the highest of many is often a lucky one; where learning longer
        does no harm that can be told, the net that has learned longer is the better bet. Chance is one standard
        error of the best score (Breiman et al. 1984), which is known for accuracy; other metrics allow none.

        Args:
            rows: Number of rows that each score is taken on.
        """
        best = self.best
        if math.isnan(best):
            return self.best_epoch
        error = self.metric.standard_error(best, rows) or 0.0
        near = [epoch for epoch, each in enumerate(self.scores, 1) if self.metric.gain(best, each) <= error]
        return near[-1]

    def improved_at(self, epoch: int) -> bool:
        """Tell whether the score of an epoch, from 1, is better than all before it."""
        return self.metric.best(self.scores[:epoch]) == epoch - 1


class Watcher:
    """Who is told about a training; override what is of interest. Any method may raise to stop it."""

    def step_ended(self, epoch: int, share: float) -> None:
        """``share`` of ``epoch`` (from 1) is done."""

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        """An epoch was trained and validated; ``curve`` ends with it."""

    def affordable(self, epoch: int, epochs: int, epoch_seconds: float) -> int:
        """Say how many of the planned epochs there is time for, once it is known in ``epoch`` what one takes."""
        return epochs


def fit(
    learner: Learner,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    train_rows: NDArray[np.int64],
    valid_rows: NDArray[np.int64],
    *,
    metric: str,
    watcher: Watcher | None = None,
    before: Curve | None = None,
) -> Curve:
    """Train for the settings' epochs and validate after each.

    Args:
        learner: A new net, or one that was restored.
        images: ``(n, height, width, channels)`` uint8.
        labels: ``(n,)`` class indices.
        train_rows: Rows to learn from.
        valid_rows: Rows to score on, none of them in ``train_rows``.
        metric: Name of the score, in ``metrics.registry``.
        watcher: Told about steps and epochs; may shorten or stop the training.
        before: What validation saw of a restored net; its epochs count as done.

    Raises:
        TrainingError: The net diverged or memory ran out.
    """
    watcher = watcher or Watcher()
    curve = Curve(get_metric(metric), learner.settings.epochs)
    if before is not None:
        curve.scores, curve.seconds = list(before.scores), list(before.seconds)
    timer = _EpochTimer(learner.steps(len(train_rows)))
    epoch = len(curve.scores)
    while epoch < curve.planned:
        epoch += 1
        started = now()

        def on_step(share: float, epoch: int = epoch) -> None:
            estimate = timer.step_ended()
            if estimate is not None:
                curve.planned = watcher.affordable(epoch, curve.planned, estimate)
            watcher.step_ended(epoch, share)

        learner.run_epoch(images, labels, train_rows, progress=_progress(epoch, curve), on_step=on_step)
        probabilities = learner.predict(images, valid_rows)
        if not np.isfinite(probabilities).all():
            raise TrainingError(DIVERGED[1], "Use a lower learning rate.")
        curve.scores.append(curve.metric.score(labels[valid_rows], probabilities))
        curve.seconds.append(now() - started)
        learner.epoch_ended(improved=curve.improved_at(epoch))
        if learner.finished:
            curve.planned = epoch
        watcher.epoch_ended(epoch, curve)
    return curve


def fit_all(
    learner: Learner,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    epochs: int,
    validated: Curve,
    on_step: Callable[[int, float], None] | None = None,
) -> None:
    """Train on all rows as a validated training went: the same schedule, up to the epoch that validation chose.

    Args:
        learner: A new net.
        images: ``(n, height, width, channels)`` uint8.
        labels: ``(n,)`` class indices.
        epochs: Where to stop: the best epoch.
        validated: The validated training, from which "plateau" takes its halvings.
        on_step: Told (epoch, share of it) after each step.
    """
    rows = np.arange(len(images))
    for epoch in range(1, epochs + 1):
        learner.run_epoch(
            images,
            labels,
            rows,
            progress=_progress(epoch, validated),
            on_step=None if on_step is None else (lambda share, epoch=epoch: on_step(epoch, share)),  # type: ignore[misc]
        )
        if epoch <= len(validated.scores):
            learner.epoch_ended(improved=validated.improved_at(epoch))


def _progress(epoch: int, curve: Curve) -> Callable[[float], float]:
    # Reads `planned` at each step: a training shortened on the way still ends its schedule.
    return lambda share: (epoch - 1 + share) / curve.planned


class _EpochTimer:
    """Estimates an epoch's seconds from a few steps, once."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._warm_up = min(WARM_UP_STEPS, steps - 1)
        self._needed = min(ESTIMATE_STEPS, steps - self._warm_up)
        self._count = 0
        self._started = now()

    def step_ended(self) -> float | None:
        self._count += 1
        if self._count == self._warm_up:
            self._started = now()
        if self._count != self._warm_up + self._needed:
            return None
        validation = 1.07  # predicting the held-out rows costs a little more
        return (now() - self._started) / self._needed * self._steps * validation
