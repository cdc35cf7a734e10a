"""The best net, trained again with another seed late in a search whose final model averages several nets.

Two nets of one recipe err on different rows, so that their mean errs less (Lakshminarayanan et al. 2017,
arXiv:1612.01474). What they predict together is known only once both have predicted the validation rows.
"""

from collections.abc import Sequence
from typing import Any

from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.models.registry import get_family
from kagglebot.search.storage.attributes import CONTINUES, OTHER_SEED_OF, RESULT, RUN, ranked
from kagglebot.search.trial.context import WorkerContext

#: Largest share of the time of a study's trials that the same net may take once more: others may be better.
MOST_SHARE = 0.25


def train_again(context: WorkerContext) -> bool:
    """Enqueue the best net with another seed if it is time for that; return whether.

    It is time once, when no trial waits and the training would fit into the time left, but after another trial
    might fit no more. Only studies that ask for several nets train one again, where that takes a small share of
    the time that their trials took; heads on frozen features, which hardly differ, are not.
    Samplers, pruners and promotions do not count the trial; its seed follows from its number, as that of others.
    """
    left = context.search.seconds_left()
    if context.definition.final.nets == 1 or left is None:
        return False
    with FileLock(context.folder / "study.lock"):
        trials = context.study.get_trials(deepcopy=False)
        best = _best(trials, context.metric)
        if best is None or _is_trained_again(trials, best):
            return False
        if get_family(context.definition.family_of(best.params)).is_frozen:
            return False
        parts = context.search.restrictions
        if not all(parts[name].contains(value) for name, value in best.params.items() if name in parts):
            return False
        starting = _result(best).get("start_seconds") or 0.0
        if not _is_time(trials, starting + _seconds(best) * len(context.splits), left):
            return False
        context.study.enqueue_trial(dict(best.params), user_attrs={OTHER_SEED_OF: best.number})
    return True


def _best(trials: Sequence[FrozenTrial], metric: Metric) -> FrozenTrial | None:
    nets = [trial for trial in trials if RUN in trial.user_attrs and OTHER_SEED_OF not in trial.user_attrs]
    return next(iter(ranked(nets, metric)), None)


def _is_trained_again(trials: Sequence[FrozenTrial], best: FrozenTrial) -> bool:
    """Return whether the net of a trial, as long as it was trained there or less, has another seed already."""
    chain, number = {best.number}, best.number
    while (before := trials[number].user_attrs.get(CONTINUES)) is not None:
        number = before
        chain.add(number)
    return any(trial.user_attrs.get(OTHER_SEED_OF) in chain for trial in trials)


def _is_time(trials: Sequence[FrozenTrial], needed: float, left: float) -> bool:
    if any(trial.state == TrialState.WAITING for trial in trials):
        return False
    spent = [float(_result(trial).get("seconds", 0.0)) for trial in trials]
    return 0 < needed <= left < needed + max(spent) and needed <= MOST_SHARE * sum(spent)


def _seconds(trial: FrozenTrial) -> float:
    """Return the seconds that the epochs of a trial take on one fold, those of trials that it continued too."""
    result = _result(trial)
    return len(result.get("curve", ())) * (result.get("epoch_seconds") or 0.0)


def _result(trial: FrozenTrial) -> dict[str, Any]:
    return dict(trial.user_attrs.get(RESULT, {}))
