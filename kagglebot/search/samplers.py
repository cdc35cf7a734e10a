"""Samplers and pruners by the names that definitions use."""

import warnings

import optuna

from kagglebot.search.definition import Definition, Pruner


def make_sampler(definition: Definition, seed: int) -> optuna.samplers.BaseSampler:
    """Make the sampler of one trial.

    A trial has a sampler of its own, seeded by the study's seed and the trial's place: a study that was stopped
    and resumed draws what it would have drawn in one go.
    """
    if definition.sampler.name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    with warnings.catch_warnings():
        # Groups let conditional parameters be drawn jointly; Optuna still calls that experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=definition.sampler.startup_trials, multivariate=True, group=True
        )


def make_pruner(pruner: Pruner, longest: int) -> optuna.pruners.BasePruner:
    """Make the pruner; ``longest`` is the largest number of epochs a trial can have."""
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
