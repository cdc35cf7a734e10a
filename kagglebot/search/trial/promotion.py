"""Promotion: the best trials go on for more epochs from where they stood, instead of starting over.

Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943) by turns rather than in rounds, as no worker
should wait for others (Li et al. 2020, arXiv:1810.05934): whenever some new trials have ended, the best one that
has not gone on yet is promoted. The pruner stops trials on the way up; this lengthens those that arrived. It needs
a rate schedule that knows no end, so that a long training begins as a short one does.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from filelock import FileLock
from optuna.distributions import IntDistribution
from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.study import CONTINUES, RESULT, RUN
from kagglebot.search.trial.callback import Conditions
from kagglebot.study_config.schema import Definition
from kagglebot.training.checkpoints import (
    Checkpoint,
    checkpoint_path,
    drop_checkpoints,
    read_checkpoint,
    save_checkpoint,
)
from kagglebot.training.keras.backends import current_backend
from kagglebot.training.oof_predictions import trial_key
from kagglebot.training.provenance import versions

#: Best trials whose ends are kept, to go on from.
KEPT = 4
#: A trial goes on only where it gets at least this share of epochs more.
LEAST_SHARE = 0.125


def promote(study: optuna.Study, definition: Definition, conditions: Conditions, *, late: bool) -> bool:
    """Have the best trial go on that has not yet, where it is its turn; it then waits in the study.

    Args:
        study: The study.
        definition: Says how often, how far, and how many epochs a trial can have.
        conditions: Of the worker that asks; the clock among them.
        late: Whether the last new trials that were drawn would have taken too much of the time left.

    Returns:
        Whether one was promoted.
    """
    if definition.promotion is None or "epochs" not in definition.space or len(conditions.splits) > 1:
        return False
    with FileLock(conditions.folder / "study.lock"):
        trials = study.get_trials(deepcopy=False)
        gone_on = _gone_on(trials)
        left = conditions.seconds_left()
        short = _is_short(left, trials)
        if not (late or short) and sum(map(_is_new, trials)) < definition.promotion.every * (len(gone_on) + 1):
            return False
        for trial in _best(trials, conditions.metric):
            if not checkpoint_path(conditions.folder, trial.number).is_file():
                continue
            if (epochs := _next_epochs(trial, definition, left, to_the_end=short)) is not None:
                values = {**trial.params, "epochs": epochs}
                study.enqueue_trial(values, user_attrs={CONTINUES: trial.number})
                return True
    return False


def least_epochs(definition: Definition) -> int | None:
    """How few epochs a new net may be shortened to; None where a short training is no beginning of a long one."""
    if definition.promotion is None or "epochs" not in definition.space:
        return None
    return int(definition.space["epochs"].low or 1)


@dataclass(frozen=True)
class Start:
    """Where a training begins.

    Attributes:
        seed: Decides weights, order and augmentation.
        key: Tells its checkpoints from those of other trainings.
        continues: Number of the trial it goes on from; None for a new net.
        checkpoint: Where that stood at its end; None also where that was not kept here: it then begins anew, and
            comes to the same.
    """

    seed: int
    key: str
    continues: int | None = None
    checkpoint: Checkpoint | None = None

    @property
    def epochs(self) -> int:
        """Epochs that are done already."""
        return len(self.checkpoint.scores) if self.checkpoint else 0


def start_of(
    study: optuna.Study, trial: optuna.Trial, settings: Mapping[str, Any], digest: str, conditions: Conditions
) -> Start:
    """Say where a trial of these settings, on data of that digest, begins."""
    number = trial.user_attrs.get(CONTINUES)
    if number is None:
        seed = (conditions.seed * 7_919 + trial.number) % (1 << 31)
        return Start(seed, _key(settings, seed, digest))
    seed = study.get_trials(deepcopy=False)[number].user_attrs[RUN]["seed"]
    key = _key(settings, seed, digest)
    return Start(seed, key, number, read_checkpoint(checkpoint_path(conditions.folder, number), key))


def save_end(study: optuna.Study, number: int, checkpoint: Checkpoint, key: str, conditions: Conditions) -> None:
    """Keep where a complete trial stands if it is among the best, and let those go that no longer are.

    Raises:
        DataError: The disk refused.
    """
    trials = study.get_trials(deepcopy=False)
    best = {trial.number for trial in _best(trials, conditions.metric)}
    if number in best:
        save_checkpoint(checkpoint_path(conditions.folder, number), checkpoint, key)
    open_ = [trial for trial in trials if trial.state in (TrialState.WAITING, TrialState.RUNNING)]
    drop_checkpoints(conditions.folder, best | _gone_on(open_))


def _key(settings: Mapping[str, Any], seed: int, digest: str) -> str:
    """Another number of epochs is the same training; other versions or backends may number its parts otherwise."""
    made = {"versions": versions(), "backend": current_backend()}
    return trial_key({**settings, "epochs": 0, **made}, seed, digest)


def _best(trials: list[FrozenTrial], metric: Metric) -> list[FrozenTrial]:
    """Give the best trials of those that could go on: they have not yet, and may have more epochs."""
    gone_on = _gone_on(trials)
    scored = [
        trial
        for trial in trials
        if trial.state == TrialState.COMPLETE
        and trial.value is not None
        and RUN in trial.user_attrs
        and trial.number not in gone_on
        and _could_have_more(trial)
    ]
    return sorted(scored, key=lambda trial: (metric.gain(0, trial.value or 0), trial.number))[:KEPT]


def _gone_on(trials: list[FrozenTrial]) -> set[int]:
    """Numbers of the trials that others of these go on from."""
    return {trial.user_attrs[CONTINUES] for trial in trials if CONTINUES in trial.user_attrs}


def _could_have_more(trial: FrozenTrial) -> bool:
    epochs = trial.distributions.get("epochs")
    return isinstance(epochs, IntDistribution) and len(trial.user_attrs[RESULT]["curve"]) < epochs.high


def _is_new(trial: FrozenTrial) -> bool:
    ended = trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    return ended and RUN in trial.user_attrs and CONTINUES not in trial.user_attrs


def _is_short(left: float | None, trials: list[FrozenTrial]) -> bool:
    """Whether a new trial of the usual length would not end in time."""
    usual = [
        trial.user_attrs[RESULT]["seconds"]
        for trial in trials
        if trial.state == TrialState.COMPLETE and _is_new(trial)
    ]
    return left is not None and bool(usual) and left < statistics.median(usual)


def _next_epochs(
    trial: FrozenTrial, definition: Definition, left: float | None, *, to_the_end: bool
) -> int | None:
    """How many epochs a trial is to have; None where it cannot have notably more."""
    assert definition.promotion is not None
    dimension, result = definition.space["epochs"], trial.user_attrs[RESULT]
    had = len(result["curve"])
    epochs = int(had * definition.promotion.factor)
    if left is not None:
        fits = had + int(left / result["epoch_seconds"]) - 1 if result.get("epoch_seconds") else 0
        epochs = fits if to_the_end else min(epochs, fits)
    if dimension.low is None or dimension.high is None:
        return None
    epochs = min(epochs, int(dimension.high))
    epochs -= (epochs - int(dimension.low)) % int(dimension.step or 1)
    kept = definition.keep.get("epochs")
    enough = epochs >= had + max(1, LEAST_SHARE * had)
    return epochs if enough and (kept is None or kept.holds(epochs)) else None
