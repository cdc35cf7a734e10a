"""Samplers, by the names that study definitions use."""

import itertools
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from kagglebot.errors import StudyError
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.study_config.space import FAMILY, Dimension, ordered, plain_name

#: Points of a space that are gone through before a trial is drawn.
FEW_POINTS = 500


class SpaceExhausted(Exception):
    """Every point of the space has been tried."""


def make_sampler(
    definition: Definition,
    trials: Sequence[FrozenTrial],
    seed: int,
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction] | None = None,
) -> optuna.samplers.BaseSampler:
    """Return the sampler of one trial.

    Each trial has a sampler of its own, seeded by the study's seed and the trial's number: a study that is stopped
    and resumed draws what it would have drawn in one go.

    ``limits`` are the largest values of parameters that images of this size allow.

    Raises:
        SpaceExhausted: Every point of the grid has been tried.
        StudyError: The sampler needs a package that is not installed.
    """
    rng = np.random.default_rng(seed)
    restrictions = restrictions or {}
    fixed = _draw_prior(definition, trials, rng, limits, restrictions)
    parts = {name: part for name, part in restrictions.items() if name != FAMILY or FAMILY not in fixed}
    fixed |= {name: part.draw(rng, definition.space[name]) for name, part in parts.items()}
    if definition.sampler.name == "grid":
        point = next(_untried(definition, trials, limits, restrictions), None)
        if point is None:
            raise SpaceExhausted
        fixed = point
    with warnings.catch_warnings():
        # Optuna still calls groups, fixed parts and some samplers experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = _sampler(definition, seed)
        return optuna.samplers.PartialFixedSampler(fixed, sampler) if fixed else sampler


def _sampler(definition: Definition, seed: int) -> optuna.samplers.BaseSampler:
    startup = definition.sampler.startup_trials
    match definition.sampler.name:
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, multivariate=True, group=True)
        case "cmaes":
            return optuna.samplers.CmaEsSampler(
                seed=seed, n_startup_trials=startup, warn_independent_sampling=False
            )
        case "gp":
            if find_spec("torch") is None:
                raise StudyError(
                    "The sampler 'gp' needs PyTorch, which is not installed.", "Run: pip install 'kagglebot[gp]'"
                )
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=startup)
        case _:
            return optuna.samplers.RandomSampler(seed=seed)


def _draw_prior(
    definition: Definition,
    trials: Sequence[FrozenTrial],
    rng: np.random.Generator,
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction],
) -> dict[str, Any]:
    """Return the values that a startup trial takes over from the first enqueued trial; the rest is drawn.

    An expert's guess is a prior for the best settings (Mallik et al. 2023, arXiv:2306.12370); after the startup
    trials the sampler goes by what was found.
    """
    sampler, given = definition.sampler, definition.enqueued(restrictions)
    ended = sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials)
    if ended >= sampler.startup_trials:
        return {}
    family = _draw_family(definition, rng, restrictions)
    given = [values for values in given if family.items() <= values.items()]
    near = (
        {name: value for name, value in given[0].items() if rng.random() < sampler.startup_prior} if given else {}
    )
    if definition.promotion is not None:
        # The best are trained on: most need not be trained as long.
        near = {name: value for name, value in near.items() if plain_name(name) != "epochs"}
    return family | {
        name: min(value, limits[name]) if name in limits else value
        for name, value in near.items()
        if definition.space[name].contains(value) and name != FAMILY
    }


def _draw_family(
    definition: Definition, rng: np.random.Generator, restrictions: Mapping[str, Restriction]
) -> dict[str, str]:
    """Draw the family of a startup trial, each as often: the sampler does not know yet which is better."""
    if FAMILY not in definition.space:
        return {}
    allowed = definition.families
    if FAMILY in restrictions:
        allowed = tuple(family for family in allowed if restrictions[FAMILY].contains(family))
    return {FAMILY: allowed[int(rng.integers(len(allowed)))]}


def is_exhausted(
    definition: Definition,
    trials: Sequence[FrozenTrial],
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction] | None = None,
) -> bool:
    """Return whether the trials have every point of a space that has few."""
    if any(each.is_continuous for each in definition.space.values()):
        return False
    points = math.prod(len(grid_values(each, limits.get(name))) for name, each in definition.space.items())
    return points <= FEW_POINTS and next(_untried(definition, trials, limits, restrictions or {}), None) is None


def _untried(
    definition: Definition,
    trials: Sequence[FrozenTrial],
    limits: Mapping[str, int],
    restrictions: Mapping[str, Restriction],
) -> Iterator[dict[str, Any]]:
    """Yield the points of the grid that no trial has, in order."""
    gone = [trial.params for trial in trials if trial.state not in (TrialState.FAIL, TrialState.WAITING)]
    for family in definition.families:
        if FAMILY in restrictions and not restrictions[FAMILY].contains(family):
            continue
        space = definition.of_family(family).space
        names = {definition.stored_name(family, name): space[name] for name in ordered(space)}
        axes = [_axis(each, limits.get(name), restrictions.get(name)) for name, each in names.items()]
        for point in itertools.product(*axes):
            values = {FAMILY: family} | dict(zip(names, point, strict=True))
            counting = {name: values[name] for name in definition.searched(values)}
            if counting not in gone:
                yield counting


def _axis(dimension: Dimension, limit: int | None, part: Restriction | None) -> list[Any]:
    values = grid_values(dimension, limit)
    return values if part is None else [value for value in values if part.contains(value)]


def grid_values(dimension: Dimension, limit: int | None = None) -> list[Any]:
    """Return the values of a dimension on a grid: its choices, or its range step by step."""
    distribution = dimension.distribution(limit)
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return list(distribution.choices)
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return list(range(distribution.low, distribution.high + 1, distribution.step))
    assert isinstance(distribution, optuna.distributions.FloatDistribution) and distribution.step is not None
    count = round((distribution.high - distribution.low) / distribution.step) + 1
    return [distribution.low + number * distribution.step for number in range(count)]
