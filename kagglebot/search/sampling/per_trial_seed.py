"""A sampler that seeds each trial by its number, so that workers that ask at the same time draw differently."""

from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from kagglebot.search.sampling.study_view import Choice, view


class PerTrialSeedSampler(BaseSampler):
    """Makes a sampler of its own for each trial from the trial's seed, once the trial has its number.

    That sampler sees the trials that ``choose`` makes of those in the study.
    """

    def __init__(self, seed: int, make: Callable[[int], BaseSampler], choose: Choice) -> None:
        self._seed, self._make, self._choose = seed, make, choose
        self._sampler: BaseSampler = optuna.samplers.RandomSampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Make the trial's sampler."""
        self._sampler = self._make((self._seed * 1_000_003 + trial.number * 1_009) % (1 << 32))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the parameters that are drawn together."""
        return self._sampler.infer_relative_search_space(view(study, self._choose), trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the parameters that are drawn together."""
        return self._sampler.sample_relative(view(study, self._choose), trial, search_space)

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one of the other parameters."""
        seen = view(study, self._choose)
        return self._sampler.sample_independent(seen, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Pass the trial's result on to the sampler."""
        self._sampler.after_trial(study, trial, state, values)
