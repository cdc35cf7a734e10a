"""One trial from its settings to its validation score."""

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import TrialState

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import holdout
from kagglebot.models.base import ParameterError
from kagglebot.models.registry import get_family
from kagglebot.search.definition import Definition
from kagglebot.search.events import EpochEnded, Listener, Stepped, TrialEnded, TrialStarted
from kagglebot.search.space import suggest
from kagglebot.search.study import RUN, finish, twin
from kagglebot.training.engine import tensorflow
from kagglebot.training.fit import Curve, Watcher, fit
from kagglebot.training.learner import Learner, TrainingError, pixel_moments

#: A trial that cannot run at least this share of its epochs in the time left is kept for later.
SHORTEST_SHARE = 0.5
#: Seconds between two reports from inside an epoch.
STEP_REPORT_SECONDS = 0.5


class Interrupted(Exception):
    """The trial must end now, from no fault of its own; its settings run again another time."""


@dataclass(frozen=True)
class Conditions:
    """What trials of one worker have in common.

    Attributes:
        seed: Seed of the search.
        worker: Number of the worker, from 0.
        lock: File name of the worker's life lock.
        threads: Threads a step may use.
        deadline: Wall-clock time, in seconds since the epoch, by which trials should be over; None for no limit.
        stopped: Tells whether the user asked to stop.
        tell: Where events go.
    """

    seed: int
    worker: int
    lock: str
    threads: int
    deadline: float | None
    stopped: Callable[[], bool]
    tell: Listener


def run_trial(
    study: optuna.Study, trial: optuna.Trial, definition: Definition, dataset: Dataset, conditions: Conditions
) -> bool:
    """Train and score one trial, and close it in the study whatever comes.

    Returns:
        Whether it was worked on; False for settings that had been tried before.

    Raises:
        Interrupted: The user or the clock stopped it; its settings wait in the study.
    """
    limits = get_family(definition.family).limits(dataset.schema.image_shape)
    drawn = suggest(trial, definition.space, definition.defaults(), limits)
    settings = definition.settings(drawn)
    seed = (conditions.seed * 7_919 + trial.number) % (1 << 31)
    if (other := twin(study, trial)) is not None:
        _close_as_twin(study, trial, other, conditions)
        return False
    trial.set_user_attr(RUN, _circumstances(settings, seed, dataset, conditions))
    conditions.tell(TrialStarted(trial.number, conditions.worker, drawn, int(settings["epochs"])))
    watcher = _TrialWatcher(study, trial, conditions)
    try:
        _train(definition, settings, seed, dataset, watcher)
        watcher.close(TrialState.COMPLETE, "complete", "")
    except optuna.TrialPruned as pruned:
        watcher.close(TrialState.PRUNED, "pruned", str(pruned))
    except (ParameterError, TrainingError) as error:
        watcher.close(TrialState.FAIL, "failed", error.message)
    except Interrupted as interruption:
        if conditions.stopped() or not watcher.has_only_result():
            watcher.close(TrialState.FAIL, "interrupted", str(interruption), run_again=True)
        else:
            # Out of time with nothing complete yet: what there is becomes the study's usable best.
            watcher.close(TrialState.COMPLETE, "complete", str(interruption))
        raise
    return True


def _train(
    definition: Definition, settings: Mapping[str, Any], seed: int, dataset: Dataset, watcher: "_TrialWatcher"
) -> None:
    train_rows, valid_rows = split(definition, dataset.train_labels)
    schema = dataset.schema
    learner = Learner(
        get_family(definition.family),
        settings,
        schema.image_shape,
        len(schema.classes),
        seed=seed,
        pixel_moments=pixel_moments(dataset.train_images, train_rows),
    )
    watcher.weights = learner.weights
    fit(
        learner,
        dataset.train_images,
        dataset.train_labels,
        train_rows,
        valid_rows,
        metric=schema.metric,
        watcher=watcher,
    )


def split(definition: Definition, labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that every trial of the study learns from, and those it is scored on."""
    validation = definition.validation
    return holdout(labels, fraction=validation.fraction, seed=validation.seed)


def _circumstances(
    settings: Mapping[str, Any], seed: int, dataset: Dataset, conditions: Conditions
) -> dict[str, Any]:
    tf = tensorflow()
    return {
        "settings": dict(settings),
        "seed": seed,
        "lock": conditions.lock,
        "worker": conditions.worker,
        "threads": conditions.threads,
        "digest": dataset.schema.digest,
        "versions": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": tf.keras.__version__,
            "optuna": optuna.__version__,
        },
    }


def _close_as_twin(
    study: optuna.Study, trial: optuna.Trial, other: optuna.trial.FrozenTrial, conditions: Conditions
) -> None:
    """Give a repeated trial its twin's value: nothing would come of training it again."""
    reason = f"same settings as trial {other.number}"
    if other.state == TrialState.COMPLETE:
        result = {**other.user_attrs.get("result", {}), "reason": reason, "seconds": 0.0}
        finish(study, trial.number, TrialState.COMPLETE, other.value, result=result)
    else:
        result = {"state": "pruned", "reason": reason, "seconds": 0.0}
        finish(study, trial.number, TrialState.PRUNED, result=result)
    state = "complete" if other.state == TrialState.COMPLETE else "pruned"
    conditions.tell(TrialEnded(trial.number, conditions.worker, state, other.value, reason, 0.0))


class _TrialWatcher(Watcher):
    """Reports a training to the study and to whoever draws it; stops it when it should end."""

    def __init__(self, study: optuna.Study, trial: optuna.Trial, conditions: Conditions) -> None:
        self.weights: int | None = None
        self._study, self._trial, self._conditions = study, trial, conditions
        self._curve: Curve | None = None
        self._planned = 0
        self._started = time.monotonic()
        self._told = 0.0

    def affordable(self, epochs: int, epoch_seconds: float) -> int:
        self._planned = epochs
        if self._conditions.deadline is None:
            return epochs
        left = self._conditions.deadline - time.time()
        fits = int(1 + left / epoch_seconds)  # the epoch that is running has begun already
        if fits >= epochs:
            return epochs
        if fits < max(1, SHORTEST_SHARE * epochs) and not self._is_first():
            raise Interrupted("there was no time left to finish it")
        self._planned = max(1, fits)
        return self._planned

    def step_ended(self, epoch: int, share: float) -> None:
        if self._conditions.stopped():
            raise Interrupted("stopped by the user")
        clock = time.monotonic()
        if clock - self._told >= STEP_REPORT_SECONDS:
            self._told = clock
            number, worker = self._trial.number, self._conditions.worker
            self._conditions.tell(Stepped(number, worker, epoch, share, self._planned))

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        self._curve, self._planned = curve, curve.planned
        self._trial.report(curve.scores[-1], epoch)
        self._conditions.tell(
            EpochEnded(
                self._trial.number,
                self._conditions.worker,
                epoch,
                curve.planned,
                curve.scores[-1],
                curve.seconds[-1],
                curve.best_epoch,
            )
        )
        if epoch == curve.planned:
            return
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"behind earlier trials after epoch {epoch}")
        if self._conditions.deadline is not None and time.time() > self._conditions.deadline:
            raise Interrupted(f"out of time after epoch {epoch} of {curve.planned}")

    def has_only_result(self) -> bool:
        """Whether this trial has a score and no other is complete."""
        return self._curve is not None and self._is_first()

    def _is_first(self) -> bool:
        return not self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def close(self, state: TrialState, name: str, reason: str, *, run_again: bool = False) -> None:
        """Write down what came of the trial and tell it."""
        seconds = time.monotonic() - self._started
        curve = self._curve
        value = curve.best if curve and state == TrialState.COMPLETE else None
        result = {
            "state": name,
            "reason": reason,
            "seconds": seconds,
            "planned": self._planned,
            "best_epoch": curve.best_epoch if curve else None,
            "weights": self.weights,
        }
        finish(self._study, self._trial.number, state, value, result=result, run_again=run_again)
        self._conditions.tell(
            TrialEnded(
                self._trial.number,
                self._conditions.worker,
                name,
                curve.best if curve else None,
                reason,
                seconds,
            )
        )
