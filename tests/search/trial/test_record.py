import math
from pathlib import Path

import numpy as np
import optuna
import pytest
from trial_context import trial_context

from kagglebot.callbacks.events import Event, TrialEnded
from kagglebot.metrics.registry import get_metric
from kagglebot.search.storage.attributes import RESULT
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.trial.record import TrialEnd, record_end
from kagglebot.training.curve import Curve
from kagglebot.training.learner import FailureKind
from kagglebot.training.plan import TrainingPlan


@pytest.mark.parametrize(
    ("scores", "state", "value"),
    [([math.nan, math.nan], "FAIL", None), ([math.nan, 0.7, 0.4, math.nan], "COMPLETE", 0.4)],
)
def test_a_score_that_is_no_number_is_never_the_best(
    scores: list[float], state: str, value: float | None, tmp_path: Path
) -> None:
    study = optuna.create_study(direction="minimize")
    trial = study.ask()
    told: list[Event] = []
    splits = [(np.arange(4), np.arange(4, 8))]
    context = trial_context(tmp_path, study, "log_loss", splits, emit=told.append)
    callback = TrialCallback(context, trial, TrainingPlan(len(scores)))
    curve = Curve(get_metric("log_loss"))
    for epoch, score in enumerate(scores, start=1):
        curve.scores.append(score)
        curve.seconds.append(1.0)
        callback.epoch_ended(epoch, curve)
    outcome = record_end(callback, TrialEnd(TrialOutcome.COMPLETE), {})
    assert outcome is (TrialOutcome.FAILED if value is None else TrialOutcome.COMPLETE)
    (closed,) = study.trials
    assert (closed.state.name, closed.value) == (state, value)
    assert bool(closed.user_attrs["result"]["reason"]) == (value is None)
    assert told[-1].value == value


def test_the_kind_of_a_failure_is_stored_and_reported(tmp_path: Path) -> None:
    study = optuna.create_study()
    told: list[Event] = []
    context = trial_context(tmp_path, study, "accuracy", [(np.arange(4), np.arange(4, 8))], emit=told.append)
    callback = TrialCallback(context, study.ask(), TrainingPlan(3))
    end = TrialEnd(TrialOutcome.FAILED, "memory ran out", FailureKind.OUT_OF_MEMORY)
    assert record_end(callback, end, {}) is TrialOutcome.FAILED
    result = study.trials[0].user_attrs[RESULT]
    assert (result["state"], result["kind"], result["planned"]) == ("failed", "out_of_memory", 3)
    (event,) = told
    assert isinstance(event, TrialEnded)
    assert (event.state, event.kind, event.reason) == ("failed", "out_of_memory", "memory ran out")
