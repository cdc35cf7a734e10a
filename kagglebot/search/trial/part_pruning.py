"""Pruning within an epoch: a net clearly behind others that have learned for as long, or less, is stopped there.

Optuna's pruners compare trials epoch by epoch. Where an epoch takes much of a search's time, nets are validated
within it too, on some rows. Such scores say less: a net must be behind beyond chance, not only behind the median.
"""

import math
from collections.abc import Iterator

from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.search.storage.attributes import PART_SCORES, family_of, is_of_own
from kagglebot.search.trial.context import WorkerContext
from kagglebot.training.curve import PartScore

#: Standard errors of the difference between two scores that chance does not explain.
_BEYOND_CHANCE = 3.0
#: Not only complete trials: few get so far where epochs are long.
_STATES = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)


def clearly_behind(context: WorkerContext, number: int, now: PartScore) -> bool:
    """Return whether as many other trials are clearly ahead of a trial as its pruner takes to stop one.

    The pruner counts the trials of the same family, each by its last score until the trial's number of epochs,
    and waits for ``startup_trials`` of them.

    Args:
        context: Whose study, metric and pruner count.
        number: The trial.
        now: Its score within the epoch.
    """
    pruner = context.definition.pruner
    if pruner.name == "none":
        return False
    trials = context.study.get_trials(deepcopy=False)
    others = list(_others(trials, trials[number], now))
    ahead = sum(_is_clear(context.metric, other, now) for other in others)
    share = pruner.percentile / 100 if pruner.name == "percentile" else 0.5
    return ahead > 0 and len(others) >= pruner.startup_trials and ahead >= share * len(others)


def _others(trials: list[FrozenTrial], own: FrozenTrial, now: PartScore) -> Iterator[PartScore]:
    """Yield the last score of each other trial until now; of an epoch's end the error is taken to be as large."""
    for trial in trials:
        alike = trial.number != own.number and family_of(trial) == family_of(own)
        if alike and trial.state in _STATES and is_of_own(trial):
            ends = [(epoch, score, None) for epoch, score in trial.intermediate_values.items()]
            scores = [each for each in (*ends, *trial.user_attrs.get(PART_SCORES, ())) if each[0] <= now.epochs]
            if scores:
                epochs, score, error = max(scores, key=lambda each: each[0])
                if score is not None and not math.isnan(score):
                    yield PartScore(epochs, score, now.error if error is None else error)


def _is_clear(metric: Metric, other: PartScore, now: PartScore) -> bool:
    return metric.gain(other.score, now.score) > _BEYOND_CHANCE * math.hypot(other.error, now.error)
