"""A trial's callback stops its training when it must, and keeps the state where it stops."""

import math
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
from counted_net import CountedNet
from trial_context import trial_context

from kagglebot.search.storage.attributes import OTHER_SEED_OF, PART_SCORES
from kagglebot.search.trial.fit import callback as callback_module
from kagglebot.search.trial.fit.callback import TrialCallback
from kagglebot.search.trial.outcome import Interrupted
from kagglebot.search.trial.promotion import Start
from kagglebot.training.curve import Curve, PartScore
from kagglebot.training.files.checkpoints import Checkpoint, read_checkpoint
from kagglebot.training.plan import TrainingPlan


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


def test_scores_within_epochs_are_kept_where_the_training_goes_on(callback: TrialCallback, tmp_path: Path) -> None:
    parts = (PartScore(0.5, 0.4, 0.1), PartScore(1.5, math.nan, math.nan))
    checkpoint = Checkpoint({"epochs": 1}, (0.5,), (1.0,), under_way=0.7, parts=parts)
    curve = callback.split_began(CountedNet(), Start(0, "key", tmp_path / "running.npz", checkpoint=checkpoint))
    assert curve is not None and curve.parts == list(parts)
    stored = callback.context.study.trials[1]
    assert stored.user_attrs[PART_SCORES] == [[0.5, 0.4, 0.1], [1.5, None, None]]
    assert stored.intermediate_values == {1: 0.5}
    callback.checkpoints.save(now=True)
    saved = read_checkpoint(tmp_path / "running.npz", "key")
    assert saved is not None and saved.parts[0] == parts[0] and len(saved.parts) == 2


@pytest.mark.parametrize("follows", [True, False])
def test_a_trial_that_follows_another_is_not_stopped_within_an_epoch(
    follows: bool, callback: TrialCallback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_module, "clearly_behind", lambda *_: True)
    if follows:
        callback.trial.set_user_attr(OTHER_SEED_OF, 0)
    callback = TrialCallback(callback.context, callback.trial, TrainingPlan(4))
    curve = Curve(callback.context.metric, [0.5], [1.0], parts=[PartScore(1.25, 0.4, 0.1)])
    with nullcontext() if follows else pytest.raises(optuna.TrialPruned, match=r"clearly behind .* 1\.25 epochs"):
        callback.part_ended(2, 0.25, curve)


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
