"""User attributes of a study and of its trials, and what they say of a trial."""

import math
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import Measured, comparable_scores, rank
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.training.learner import FailureKind

#: User attributes of a study: its definition, and the name of its metric.
DEFINITION, METRIC = "definition", "metric"
#: User attributes of a trial: what it runs with, and its result.
RUN, RESULT = "run", "result"
#: User attribute of a trial: its scores within epochs, each a ``PartScore`` as a list with None in place of NaN.
PART_SCORES = "part_scores"
#: User attribute of a trial: the number of the trial that it continues.
CONTINUES = "continues"
#: User attribute of a trial: the number of the trial whose net it trains with another seed.
OTHER_SEED_OF = "other_seed_of"
#: User attributes of trials whose net is not of their own: samplers, pruners and promotions do not count them.
FOLLOWS = frozenset({CONTINUES, OTHER_SEED_OF})
#: User attributes of a trial that repeats an interrupted one: its number, and how often their worker had died.
AGAIN, TRIES = "again", "retries"
#: Kinds of failure by the reasons that version 0.1 recorded.
_KINDS_OF_REASONS = {
    "memory ran out": FailureKind.OUT_OF_MEMORY,
    "the loss is no longer a number": FailureKind.DIVERGED,
    "its answers are no longer numbers": FailureKind.DIVERGED,
    "its process was killed twice, perhaps for want of memory": FailureKind.KILLED,
}


def stored_metric(study: optuna.Study) -> str:
    """Return the name of the study's metric; the first version had accuracy only."""
    return str(study.user_attrs.get(METRIC, "accuracy"))


def family_of(trial: FrozenTrial) -> str:
    """Return the family of a trial's net; empty before it starts."""
    return str(trial.user_attrs.get(RUN, {}).get("family", ""))


def is_skipped(trial: FrozenTrial) -> bool:
    """Return whether a trial was drawn and not started, as it could not have ended in time."""
    return bool(trial.user_attrs.get(RESULT, {}).get("state") == TrialOutcome.SKIPPED)


def failure_kind(result: Mapping[str, Any]) -> str:
    """Return the ``FailureKind`` that a trial's result records; an empty string if it records none.

    Results of version 0.1 have a reason only.
    """
    return str(result.get("kind") or _KINDS_OF_REASONS.get(result.get("reason", ""), ""))


def is_of_own(trial: FrozenTrial) -> bool:
    """Return whether a trial is of a net of its own: it follows no other, and repeats the settings of none."""
    repeats = RESULT in trial.user_attrs and RUN not in trial.user_attrs and trial.state != TrialState.FAIL
    return not FOLLOWS & trial.user_attrs.keys() and not repeats


def first_try(trials: Sequence[FrozenTrial], number: int) -> int:
    """Return the number of the trial that a trial repeats, or the first of a chain of them; its own if none."""
    while (again := trials[number].user_attrs.get(AGAIN)) is not None:
        number = again
    return number


def ranked(trials: Sequence[FrozenTrial], metric: Metric) -> list[FrozenTrial]:
    """Return the complete trials, best first; see ``rank``.

    Of trials that were out of time after some folds those that went on count, whose scores are of all rows.
    """
    scored = [trial for trial in trials if trial.state == TrialState.COMPLETE and trial.value is not None]
    repeated = {trial.user_attrs.get(AGAIN) for trial in scored}
    scored = [trial for trial in scored if trial.number not in repeated]
    return [scored[index] for index in rank(metric, list(map(measured, scored)))]


def observations(trials: Sequence[FrozenTrial], metric: Metric) -> list[FrozenTrial]:
    """Return the trials that show something new: each net once, for the epochs that were drawn for it.

    A net that was continued is known by the trial that it began in: with more epochs it would look better than it
    is beside others, and count once more each time. The values are ``comparable_scores``; the study keeps its own.
    """
    seen = [copy(trial) for trial in trials if is_of_own(trial)]
    scored = [trial for trial in seen if trial.state == TrialState.COMPLETE]
    for trial, score in zip(scored, comparable_scores(metric, list(map(measured, scored))), strict=True):
        trial.value = score
    return seen


def measured(trial: FrozenTrial) -> Measured:
    """Return what a complete trial is ranked by."""
    score = math.nan if trial.value is None else trial.value
    return measured_by(score, trial.user_attrs.get(RESULT, {}), trial.number, trial.user_attrs.get(CONTINUES))


def measured_by(score: float, result: Mapping[str, Any], number: int, continues: int | None) -> Measured:
    """Return what a trial with that score and result is ranked by."""
    return Measured(score, result.get("score_error"), result.get("log_loss"), number, continues)
