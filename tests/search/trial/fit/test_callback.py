"""A trial's callback stops its training when it must, and keeps the state where it stops."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from counted_net import CountedNet
from trial_context import trial_context

from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.outcome import Interrupted
from kagglebot.search.trial.promotion import Start
from kagglebot.training.checkpoints import read_checkpoint
from kagglebot.training.fit import Curve, TrainingPlan


@pytest.fixture
def callback(tmp_path: Path) -> TrialCallback:
    """The callback of a trial beside a complete one."""
    study, splits = optuna.create_study(direction="maximize"), [(np.arange(800), np.arange(350))]
    study.tell(study.ask(), 0.9)
    return TrialCallback(trial_context(tmp_path, study, "accuracy", splits), study.ask(), TrainingPlan(4))


def test_the_user_stops_it_before_its_first_epoch(callback: TrialCallback) -> None:
    callback.preparing(0.1)
    callback.context = replace(callback.context, stopped=lambda: True)
    with pytest.raises(Interrupted, match="by the user"):
        callback.preparing(0.2)


@pytest.mark.parametrize("epoch", [1.5, 1])
def test_out_of_time_it_saves_the_state_from_which_it_goes_on(
    epoch: float, callback: TrialCallback, tmp_path: Path
) -> None:
    running, context = tmp_path / "running.npz", callback.context
    callback.split_began(CountedNet(), Start(0, "key", running))
    curve = Curve(context.metric, [0.5], [1.0], under_way=epoch % 1)
    callback.can_go_on(curve)
    assert not running.exists()
    callback.budget.context = replace(context, search=replace(context.search, deadline=time.time() - 1))
    with pytest.raises(Interrupted, match="out of time after"):
        if epoch % 1:
            callback.step_ended(2, epoch % 1)
        else:
            callback.epoch_ended(1, curve)
    stored = read_checkpoint(running, "key")
    assert stored is not None and (stored.scores, stored.under_way) == ((0.5,), epoch % 1)
