"""Promotion: the best trials are continued for more epochs from their checkpoints instead of starting over.

Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943), asynchronous, so that no worker waits for others
(Li et al. 2020, arXiv:1810.05934): whenever some new trials have ended, the best one that was not continued yet is
promoted. The pruner stops trials on the way up; promotion lengthens those that arrived. It needs a schedule of the
learning rate that does not depend on the number of epochs, so that a long training begins as a short one does.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.attributes import (
    CONTINUES,
    FOLLOWS,
    OTHER_SEED_OF,
    RESULT,
    RUN,
    first_try,
    ranked,
)
from kagglebot.search.trial.context import WorkerContext
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.sections import Promotion
from kagglebot.study_config.space import FAMILY, Dimension, plain_name
from kagglebot.training.files.checkpoints import (
    Checkpoint,
    checkpoint_key,
    checkpoint_path,
    read_checkpoint,
    running_path,
)
from kagglebot.training.keras.backends import current_backend
from kagglebot.training.provenance import versions

#: Best trials whose checkpoints are kept so that they can go on.
KEPT = 4
#: A trial is continued only if it gets at least this share of epochs more.
LEAST_SHARE = 0.125


def promote(context: WorkerContext, *, late: bool) -> bool:
    """Enqueue the best trial that was not continued yet with more epochs, if a promotion is due; return whether.

    It is due, too, if ``late``: the last new trials that were drawn would have taken too much of the time left.
    """
    study, definition = context.study, context.definition
    if (
        definition.promotion is None
        or "epochs" not in map(plain_name, definition.space)
        or len(context.splits) > 1
    ):
        return False
    with FileLock(context.folder / "study.lock"):
        trials = study.get_trials(deepcopy=False)
        continued = _continued(trials)
        left = context.search.seconds_left()
        short = context.search.share_left() < definition.promotion.last_share or _is_short(left, trials)
        if not (late or short) and sum(map(_is_new, trials)) < definition.promotion.every * (len(continued) + 1):
            return False
        space = definition.for_continuations().space
        for trial in _best(trials, context.metric, space):
            if not checkpoint_path(context.folder, trial.number).is_file():
                continue
            name = _epochs_name(trial)
            epochs = _next_epochs(trial, definition.promotion, space[name], left, to_the_end=short)
            longer = {**trial.params, name: epochs}
            parts = context.search.restrictions
            inside = all(parts[each].contains(longer[each]) for each in {FAMILY, name} & parts.keys())
            if epochs is not None and inside:
                study.enqueue_trial(longer, user_attrs={CONTINUES: trial.number})
                return True
    return False


def minimum_epochs(definition: Definition) -> int | None:
    """Return the fewest epochs that a new net may be cut to; None if its training could not be continued later."""
    if definition.promotion is None or "epochs" not in definition.space:
        return None
    return int(definition.space["epochs"].low or 1)


@dataclass
class Start:
    """The start of a training.

    Attributes:
        seed: Seed of weights, order of rows and augmentation.
        key: Identifies the training's checkpoints.
        continues: Number of the trial that it continues; None for a new net.
        checkpoint: The state at the end of that trial, or of an earlier try of this one, as far as it came; None
            if it is not in this folder: the training then starts over and reaches the same scores. None, too,
            once it is restored, as it takes memory.
        running: File for the state of the training while it runs.
    """

    seed: int
    key: str
    running: Path
    continues: int | None = None
    checkpoint: Checkpoint | None = None

    @property
    def epochs(self) -> int:
        """Epochs that are done already, of all folds together."""
        if self.checkpoint is None:
            return 0
        return len(self.checkpoint.scores) + sum(len(fold.scores) for fold in self.checkpoint.folds)


def find_start(
    context: WorkerContext, trial: optuna.Trial, settings: Mapping[str, Any], weights: str | None = None
) -> Start:
    """Return where the training of a trial with these settings, and these pretrained weights, starts."""
    trials = context.study.get_trials(deepcopy=False)
    continues, first = trial.user_attrs.get(CONTINUES), first_try(trials, trial.number)
    if continues is None:
        seed = (context.search.seed * 7_919 + first) % (1 << 31)
    else:
        seed = trials[continues].user_attrs[RUN]["seed"]
    key = _key(settings, seed, context.dataset.schema.digest, weights)
    running = running_path(context.folder, first)
    if (checkpoint := read_checkpoint(running, key)) is not None:
        return Start(seed, key, running, continues, checkpoint)
    if continues is not None:
        checkpoint = read_checkpoint(checkpoint_path(context.folder, continues), key)
    return Start(seed, key, running, continues, checkpoint)


def may_go_on(context: WorkerContext, trials: list[FrozenTrial]) -> set[int]:
    """Return the numbers of the trials of a study that may be continued, or are being continued now."""
    if context.definition.promotion is None:
        return set()
    unfinished = [trial for trial in trials if trial.state in (TrialState.WAITING, TrialState.RUNNING)]
    best = _best(trials, context.metric, context.definition.for_continuations().space)
    return {trial.number for trial in best} | _continued(unfinished)


def _key(settings: Mapping[str, Any], seed: int, digest: str, weights: str | None) -> str:
    made = {"versions": versions(), "backend": current_backend(), "weights": weights}
    return checkpoint_key(settings, seed, digest, made)


def _best(trials: list[FrozenTrial], metric: Metric, space: Mapping[str, Dimension]) -> list[FrozenTrial]:
    """Return the best trials of those that were not continued and may have more epochs."""
    continued = _continued(trials)
    eligible = [
        trial
        for trial in trials
        if trial.state == TrialState.COMPLETE
        and RUN in trial.user_attrs
        and trial.number not in continued
        and OTHER_SEED_OF not in trial.user_attrs
        and _could_have_more(trial, space)
    ]
    return ranked(eligible, metric)[:KEPT]


def _continued(trials: list[FrozenTrial]) -> set[int]:
    """Return the numbers of the trials that others of these continue."""
    return {trial.user_attrs[CONTINUES] for trial in trials if CONTINUES in trial.user_attrs}


def _could_have_more(trial: FrozenTrial, space: Mapping[str, Dimension]) -> bool:
    epochs = space.get(_epochs_name(trial))
    return epochs is not None and epochs.high is not None and len(trial.user_attrs[RESULT]["curve"]) < epochs.high


def _epochs_name(trial: FrozenTrial) -> str:
    """Return what a trial calls its epochs; an empty string if they are not searched."""
    return next((name for name in trial.distributions if plain_name(name) == "epochs"), "")


def _is_new(trial: FrozenTrial) -> bool:
    ended = trial.state in (TrialState.COMPLETE, TrialState.PRUNED)
    return ended and RUN in trial.user_attrs and not FOLLOWS & trial.user_attrs.keys()


def _is_short(left: float | None, trials: list[FrozenTrial]) -> bool:
    """Return whether a new trial of the usual length would not end in time."""
    usual = [
        trial.user_attrs[RESULT]["seconds"]
        for trial in trials
        if trial.state == TrialState.COMPLETE and _is_new(trial)
    ]
    return left is not None and bool(usual) and left < statistics.median(usual)


def _next_epochs(
    trial: FrozenTrial, promotion: Promotion, dimension: Dimension, left: float | None, *, to_the_end: bool
) -> int | None:
    """Return the epochs of a trial's continuation; None if it would not have notably more."""
    result = trial.user_attrs[RESULT]
    had = len(result["curve"])
    epochs = int(had * promotion.factor)
    if left is not None:
        left -= result.get("start_seconds") or 0.0
        fits = had + int(left / result["epoch_seconds"]) - 1 if result.get("epoch_seconds") else 0
        epochs = fits if to_the_end else min(epochs, fits)
    if dimension.low is None or dimension.high is None:
        return None
    epochs = min(epochs, int(dimension.high))
    epochs -= (epochs - int(dimension.low)) % int(dimension.step or 1)
    return epochs if epochs >= had + max(1, LEAST_SHARE * had) else None
