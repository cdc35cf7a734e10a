"""Pruners, which decide when a trial is given up, by the names that study definitions use."""

import optuna

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
