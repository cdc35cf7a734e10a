"""Pruners, which decide when a trial is given up, by the names that study definitions use."""

from collections.abc import Callable
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from kagglebot.study_config.schema import Pruner


def make_pruner(pruner: Pruner, longest: int) -> optuna.pruners.BasePruner:
    """Return the pruner; ``longest`` is the largest number of epochs that a trial can have."""
    if pruner.name == "none":
        return optuna.pruners.NopPruner()
    if pruner.name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=max(1, pruner.warmup_epochs), max_resource=longest)
    if pruner.name == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=max(1, pruner.warmup_epochs))
    percentile = 50.0 if pruner.name == "median" else pruner.percentile
    return optuna.pruners.PercentilePruner(
        percentile, n_startup_trials=pruner.startup_trials, n_warmup_steps=pruner.warmup_epochs
    )


class AmongAlike(optuna.pruners.BasePruner):
    """A pruner that compares a trial with those of its own kind alone.

    The fifth epoch of a head on frozen features comes after seconds and is near its end, that of a CNN comes after
    minutes and is not: epoch by epoch the two do not compare.
    """

    def __init__(self, pruner: optuna.pruners.BasePruner, kind_of: Callable[[FrozenTrial], str]) -> None:
        self._pruner, self._kind_of = pruner, kind_of

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Return whether to prune the trial."""
        storage: Any = _TrialsOfKind(study._storage, self._kind_of, self._kind_of(trial))
        return self._pruner.prune(optuna.Study(study.study_name, storage), trial)


class _TrialsOfKind:
    """A storage that shows the trials of one kind; all else it passes on."""

    def __init__(self, storage: Any, kind_of: Callable[[FrozenTrial], str], kind: str) -> None:
        self._storage, self._kind_of, self._kind = storage, kind_of, kind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_all_trials(self, *arguments: Any, **options: Any) -> list[FrozenTrial]:
        trials = self._storage.get_all_trials(*arguments, **options)
        return [trial for trial in trials if self._kind_of(trial) == self._kind]
