"""One trial from its settings to its validation score."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import TrialState

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.splits import Split, folds, holdout, plain_holdout
from kagglebot.models.base import ParameterError
from kagglebot.models.registry import get_family
from kagglebot.search.definition import Definition
from kagglebot.search.events import EpochEnded, Listener, Stepped, TrialEnded, TrialStarted
from kagglebot.search.space import suggest
from kagglebot.search.study import RUN, finish, twin
from kagglebot.training.base import TrainingError, pixel_moments
from kagglebot.training.engines import make_learner
from kagglebot.training.fit import Curve, Watcher, fit
from kagglebot.training.versions import versions

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
        limits: Largest values of parameters that the images can carry.
    """

    seed: int
    worker: int
    lock: str
    threads: int
    deadline: float | None
    stopped: Callable[[], bool]
    tell: Listener
    limits: Mapping[str, int]


def run_trial(
    study: optuna.Study, trial: optuna.Trial, definition: Definition, dataset: Dataset, conditions: Conditions
) -> bool:
    """Train and score one trial, and close it in the study whatever comes.

    Returns:
        Whether it was worked on; False for settings that had been tried before.

    Raises:
        Interrupted: The user or the clock stopped it; its settings wait in the study.
    """
    drawn = suggest(trial, definition.space, definition.defaults(), conditions.limits)
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
    """Train once for each split; the watcher sees the mean over the splits so far."""
    schema = dataset.schema
    splits = make_splits(definition, dataset.train_labels)
    watcher.splits = len(splits)
    for train_rows, valid_rows in splits:
        learner = make_learner(
            get_family(definition.family),
            {**settings, "epochs": watcher.planned or settings["epochs"]},
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
        watcher.split_ended()


def make_splits(definition: Definition, labels: NDArray[np.int64]) -> list[Split]:
    """The rows that every trial of the study learns from, and those it is scored on; one pair a fold."""
    validation = definition.validation
    if validation.folds is not None:
        return folds(labels, count=validation.folds, seed=validation.seed)
    if validation.stratified:
        return [holdout(labels, fraction=validation.fraction, seed=validation.seed)]
    return [plain_holdout(len(labels), fraction=validation.fraction, seed=validation.seed)]


def _circumstances(
    settings: Mapping[str, Any], seed: int, dataset: Dataset, conditions: Conditions
) -> dict[str, Any]:
    return {
        "settings": dict(settings),
        "seed": seed,
        "lock": conditions.lock,
        "worker": conditions.worker,
        "threads": conditions.threads,
        "digest": dataset.schema.digest,
        "versions": versions(),
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
        self.splits = 1
        self.planned = 0
        self._study, self._trial, self._conditions = study, trial, conditions
        self._ended: list[Curve] = []
        self._curve: Curve | None = None
        self._started = time.monotonic()
        self._told = 0.0

    def affordable(self, epochs: int, epoch_seconds: float) -> int:
        if self._ended or self._conditions.deadline is None:
            self.planned = epochs
            return epochs
        left = self._conditions.deadline - time.time()
        fits = int((1 + left / epoch_seconds) / self.splits)  # the epoch that is running has begun already
        if fits < max(1, SHORTEST_SHARE * epochs) and not self._is_first():
            raise Interrupted("there was no time left to finish it")
        self.planned = max(1, min(epochs, fits))
        return self.planned

    def step_ended(self, epoch: int, share: float) -> None:
        if self._conditions.stopped():
            raise Interrupted("stopped by the user")
        clock = time.monotonic()
        if clock - self._told >= STEP_REPORT_SECONDS:
            self._told = clock
            number, worker, total = self._trial.number, self._conditions.worker, self.splits * self.planned
            self._conditions.tell(Stepped(number, worker, self._before + epoch, share, total))

    def epoch_ended(self, epoch: int, curve: Curve) -> None:
        self._curve, self.planned = curve, curve.planned
        mean = self.mean_curve()
        self._conditions.tell(
            EpochEnded(
                self._trial.number,
                self._conditions.worker,
                self._before + epoch,
                self.splits * curve.planned,
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
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"behind earlier trials after epoch {epoch}")
        if self._conditions.deadline is not None and time.time() > self._conditions.deadline:
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
        return Curve(self.planned, [sum(row) / len(row) for row in rows])

    def has_only_result(self) -> bool:
        """Whether this trial has a score and no other is complete."""
        return bool(self.mean_curve().scores) and self._is_first()

    def _is_first(self) -> bool:
        return not self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def close(self, state: TrialState, name: str, reason: str, *, run_again: bool = False) -> None:
        """Write down what came of the trial and tell it."""
        seconds = time.monotonic() - self._started
        curve = self.mean_curve()
        best = curve.best if curve.scores else None
        result = {
            "state": name,
            "reason": reason,
            "seconds": seconds,
            "planned": self.planned,
            "best_epoch": curve.best_epoch if curve.scores else None,
            "curve": curve.scores,
            "weights": self.weights,
        }
        value = best if state == TrialState.COMPLETE else None
        finish(self._study, self._trial.number, state, value, result=result, run_again=run_again)
        number, worker = self._trial.number, self._conditions.worker
        self._conditions.tell(TrialEnded(number, worker, name, best, reason, seconds))
