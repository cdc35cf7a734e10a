"""Planned models are trained once, on their backend and with their threads."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from retraining_study import TRIALS, summarise

from kagglebot.errors import DataError, UsageError
from kagglebot.retraining.final_model import model_path
from kagglebot.retraining.plan import plan_ensemble, plan_trial
from kagglebot.retraining.train import train_models
from kagglebot.training.keras.backends import current_backend


def test_a_trained_member_is_used_again(study: Path, data: Path) -> None:
    single = plan_trial(summarise(*TRIALS), TRIALS[0], study, data)
    (model,) = train_models(single, study, data)
    assert (model.trial, model.seed, model.reused, model.rebuilt) == (0, 0, False, "")
    assert model.path == model_path(study, "mlp", 0)
    plan = plan_ensemble(summarise(*TRIALS), 2, study, data)
    models = train_models(plan, study, data, jobs=1)
    assert {each.trial: each.reused for each in models} == {0: True, 1: False}
    assert all(member.is_there for _, member in plan.members)
    assert all(each.reused for each in train_models(plan, study, data))
    model.path.write_bytes(b"")
    (again,) = train_models(single, study, data)
    assert again.rebuilt == f"The model {model.path} is damaged: the file is empty. It was trained again."
    assert not again.reused and plan.ensemble((again, models[1])).rebuilt == (again.rebuilt,)
    assert all(each.reused for each in train_models(plan, study, data))


def test_a_model_is_not_used_once_the_data_was_edited(study: Path, data: Path, digits_data: Path) -> None:
    shutil.copytree(digits_data / "files", data / "files")
    plan = plan_trial(summarise(*TRIALS), TRIALS[0], study, data)
    train_models(plan, study, data)
    table = data / "files" / "test.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"edited after the fetch.*: test\.csv \(changed\)"):
        train_models(plan, study, data)


def test_a_trial_is_trained_on_its_own_backend_where_that_is_installed(
    study: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = replace(TRIALS[0], made_with={"backend": "torch", "device": "CPU"})
    monkeypatch.setattr("kagglebot.retraining.plan.installed", lambda: ("tensorflow", "torch"))
    assert plan_trial(summarise(first), first, study, data).members[0][1].backend == "torch"
    monkeypatch.setattr("kagglebot.retraining.plan.installed", lambda: ("tensorflow",))
    plan = plan_trial(summarise(first), first, study, data)
    assert plan.members[0][1].backend == "tensorflow"
    (model,) = train_models(plan, study, data)
    assert len(model.differences) == 1  # an mlp is scikit-learn's, whatever its trial says
    assert model.differences[0].startswith(
        "The trial ran on PyTorch on CPU, the model was trained on scikit-learn"
    )
    elsewhere = replace(plan.members[0][1], backend="torch")
    (model,) = train_models(replace(plan, members=((first, elsewhere),)), study, data)
    assert model.reused  # a model loads on either


def test_what_another_backend_trains_has_a_process_of_its_own(study: Path, data: Path) -> None:
    plan = plan_trial(summarise(*TRIALS), TRIALS[0], study, data)
    elsewhere = replace(plan.members[0][1], backend="jax")
    with pytest.raises(UsageError, match="backend 'jax' is not installed"):
        train_models(replace(plan, members=((TRIALS[0], elsewhere),)), study, data)
    assert not elsewhere.is_there and current_backend() == "tensorflow"
