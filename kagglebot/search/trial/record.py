"""The end of a trial, written into its study and reported."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from kagglebot.callbacks.events import TrialEnded
from kagglebot.search.storage.attributes import CONTINUES, RESULT, measured_by
from kagglebot.search.storage.optuna_study import finish
from kagglebot.search.trial.context import WorkerContext
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.training.learner import FailureKind

_STATES = {TrialOutcome.COMPLETE: TrialState.COMPLETE, TrialOutcome.PRUNED: TrialState.PRUNED}


@dataclass(frozen=True)
class TrialEnd:
    """The end of a training.

    Attributes:
        outcome: Outcome of the trial.
        reason: Why it did not run to its end.
        kind: Why it failed, if the net could not be trained.
        run_again: Whether its settings wait in the study for another try.
    """

    outcome: TrialOutcome
    reason: str = ""
    kind: FailureKind | None = None
    run_again: bool = False


def record_end(callback: TrialCallback, end: TrialEnd, oof: Mapping[str, Any]) -> TrialOutcome:
    """Close a trial that was trained; return its outcome, which is FAILED if no score of it is a number.

    ``oof`` is what the result records about the out-of-fold predictions.
    """
    context, curves, times = callback.context, callback.curves, callback.budget.times
    curve = curves.mean()
    chosen = curve.lasting_epoch(curves.validated_rows) if curve.scores else None
    score = curve.scores[chosen - 1] if chosen else None
    if score is not None and math.isnan(score):
        score = None
        if end.outcome in _STATES:
            reason = f"no epoch has a score: {context.metric.text} is not defined for these predictions"
            end = TrialEnd(TrialOutcome.FAILED, reason)
    stored = TrialOutcome.INTERRUPTED if end.outcome is TrialOutcome.SKIPPED else end.outcome
    result = {
        "state": stored.value,
        "reason": end.reason,
        "seconds": times.seconds,
        "planned": callback.plan.planned,
        "epoch": chosen,
        "curve": curve.scores,
        "parameter_count": callback.parameter_count,
        "epochs_before": curves.epochs_before,
        "epoch_seconds": times.epoch_seconds,
        "start_seconds": times.start_seconds,
        "features_seconds": times.features_seconds,
        "features_share": times.features_share,
        **oof,
        **({"kind": end.kind.value} if end.kind else {}),
    }
    number, state = callback.trial.number, _STATES.get(end.outcome, TrialState.FAIL)
    value = score if state == TrialState.COMPLETE else None
    finish(context.study, number, state, value, result=result, run_again=end.run_again)
    _report(context, number, stored, score, end.reason, result=result, kind=end.kind)
    return end.outcome


def record_duplicate(context: WorkerContext, trial: optuna.Trial, other: FrozenTrial) -> TrialOutcome:
    """Close a trial with the settings and the value of another: training it again would show nothing new."""
    reason, is_complete = f"same settings as trial {other.number}", other.state == TrialState.COMPLETE
    outcome = TrialOutcome.COMPLETE if is_complete else TrialOutcome.PRUNED
    earlier = other.user_attrs.get(RESULT, {}) if is_complete else {"state": outcome.value}
    result = {**earlier, "reason": reason, "seconds": 0.0}
    finish(context.study, trial.number, _STATES[outcome], other.value if is_complete else None, result=result)
    _report(
        context, trial.number, outcome, other.value, reason, result=result, counts=TrialOutcome.DUPLICATE.counts
    )
    return TrialOutcome.DUPLICATE


def record_skipped(context: WorkerContext, trial: optuna.Trial, reason: str) -> TrialOutcome:
    """Close a trial that was drawn and not started; it does not appear among the study's trials."""
    result = {"state": TrialOutcome.SKIPPED.value, "reason": reason}
    finish(context.study, trial.number, TrialState.FAIL, result=result)
    return TrialOutcome.SKIPPED


def report_taken_over(context: WorkerContext, trial: optuna.Trial) -> TrialOutcome:
    """Report a trial that another machine has closed, as it saw no heartbeat of this worker."""
    reason = "taken over: its worker had sent no heartbeat"
    _report(context, trial.number, TrialOutcome.INTERRUPTED, None, reason)
    return TrialOutcome.TAKEN_OVER


def _report(
    context: WorkerContext,
    number: int,
    outcome: TrialOutcome,
    value: float | None,
    reason: str,
    *,
    result: Mapping[str, Any] | None = None,
    kind: FailureKind | None = None,
    counts: bool = True,
) -> None:
    result = result or {}
    seconds, name = result.get("seconds", 0.0), kind.value if kind else ""
    measured = None
    if value is not None:
        continues = context.study.get_trials(deepcopy=False)[number].user_attrs.get(CONTINUES)
        measured = measured_by(value, result, number, continues)
    context.emit(TrialEnded(number, context.worker, outcome.value, value, reason, seconds, name, counts, measured))
