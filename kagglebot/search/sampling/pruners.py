"""Pruners, which decide when a trial is given up, by the names that study definitions use."""

from collections.abc import Callable

import optuna
from optuna.trial import FrozenTrial

from kagglebot.search.sampling.study_view import view
from kagglebot.study_config.sections import Pruner


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
    """A pruner that compares a trial with those of its own kind alone; those whose kind is None are left out.

    The fifth epoch of a head on frozen features comes after seconds and is near its end, that of a CNN comes after
    minutes and is not: epoch by epoch the two do not compare.
    """

    def __init__(self, pruner: optuna.pruners.BasePruner, kind_of: Callable[[FrozenTrial], str | None]) -> None:
        self._pruner, self._kind_of = pruner, kind_of

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Return whether to prune the trial."""
        kind = self._kind_of(trial)
        return self._pruner.prune(
            view(study, lambda trials: [each for each in trials if self._kind_of(each) == kind]), trial
        )
