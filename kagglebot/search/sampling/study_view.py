"""A study as samplers and pruners see it: some of its trials, perhaps with other values."""

from collections.abc import Callable
from typing import Any

import optuna
from optuna.trial import FrozenTrial

Choice = Callable[[list[FrozenTrial]], list[FrozenTrial]]


def view(study: optuna.Study, choose: Choice) -> optuna.Study:
    """Return the study with the trials that ``choose`` makes of all that are in its storage."""
    storage: Any = _ChosenTrials(study._storage, choose)
    return optuna.Study(study.study_name, storage)


class _ChosenTrials:
    """A storage that shows chosen trials; all else it passes on."""

    def __init__(self, storage: Any, choose: Choice) -> None:
        self._storage, self._choose = storage, choose

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def get_all_trials(self, study_id: int, deepcopy: bool = True, states: Any = None) -> list[FrozenTrial]:
        trials = self._choose(self._storage.get_all_trials(study_id, deepcopy))
        return [trial for trial in trials if states is None or trial.state in states]
