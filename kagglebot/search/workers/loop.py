"""A worker's turns: one trial after another, wherever the worker runs, and when there is no sense in another."""

from dataclasses import dataclass
from enum import Enum

import optuna
from optuna.exceptions import UpdateFinishedTrialError

from kagglebot.callbacks.events import TrialEnded
from kagglebot.datasets.dataset import Dataset
from kagglebot.search.sampling.factory import SpaceExhausted
from kagglebot.search.storage.study import ask
from kagglebot.search.trial.callback import Conditions, Interrupted, TooLong
from kagglebot.search.trial.objective import run_trial
from kagglebot.search.trial.promotion import promote
from kagglebot.study_config.schema import Definition

#: Nets too slow for the time that is left, in a row, after which no lighter one is looked for.
TOO_LONG = 8
#: And after which the best trials go on instead, or new ones are shortened.
LATE = 3
#: Repeated settings in a row after which the search space counts as used up.
TWINS = 25


@dataclass(frozen=True)
class WorkerContext:
    """All that a worker needs to take trials."""

    study: optuna.Study
    definition: Definition
    dataset: Dataset
    conditions: Conditions


class Turn(Enum):
    """What came of taking a trial."""

    WORKED = "worked"
    NOTHING_NEW = "nothing new"  # settings tried before, or a trial that another worker took over
    TOO_LONG = "too long"
    INTERRUPTED = "interrupted"
    EXHAUSTED = "exhausted"


def take_turn(bench: WorkerContext, *, late: bool = False) -> Turn:
    """Take the next trial of the study, and work on it until it is closed.

    Args:
        bench: What the worker has.
        late: Whether no new trial seems to fit into the time left: then one that is there goes on instead, or the
            new one is shortened.
    """
    study, definition, conditions = bench.study, bench.definition, bench.conditions
    try:
        promote(study, definition, conditions, late=late)
        trial = ask(study, definition, conditions.seed, conditions.limits)
    except SpaceExhausted:
        return Turn.EXHAUSTED
    try:
        worked = run_trial(study, trial, definition, bench.dataset, conditions, late=late)
    except TooLong:
        return Turn.TOO_LONG
    except Interrupted:
        return Turn.INTERRUPTED
    except UpdateFinishedTrialError:
        reason = "taken over: this worker had given no sign of life"
        conditions.emit(TrialEnded(trial.number, conditions.worker, "interrupted", None, reason, 0.0))
        return Turn.NOTHING_NEW
    return Turn.WORKED if worked else Turn.NOTHING_NEW


class Tally:
    """Counts a worker's turns."""

    def __init__(self) -> None:
        self.exhausted = False
        self._twins = self._too_long = 0

    @property
    def late(self) -> bool:
        """Whether the last trials drawn did not fit into the time left."""
        return self._too_long >= LATE

    def is_over(self, turn: Turn) -> bool:
        """Take a turn in, and tell whether the worker should take no more."""
        self._too_long = self._too_long + 1 if turn is Turn.TOO_LONG else 0
        if turn is not Turn.TOO_LONG:
            self._twins = self._twins + 1 if turn is Turn.NOTHING_NEW else 0
        self.exhausted = turn is Turn.EXHAUSTED or self._twins >= TWINS
        return self.exhausted or self._too_long >= TOO_LONG or turn is Turn.INTERRUPTED
