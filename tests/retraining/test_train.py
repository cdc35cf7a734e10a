"""Planned models are trained once, on their backend and with their threads."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from retraining_study import TRIALS, save_predictions, summarise, trained_trial

from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import DataError, StudyError, UsageError
from kagglebot.retraining.choice.ensemble import plan_ensemble
from kagglebot.retraining.final_model import model_path
from kagglebot.retraining.making import Making
from kagglebot.retraining.model_card import read_card
from kagglebot.retraining.plan import plan_trial
from kagglebot.retraining.predict import predict_mean
from kagglebot.retraining.train import train_models
from kagglebot.training.files.checkpoints import chosen_path
from kagglebot.training.files.oof_predictions import OofPredictions
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
    monkeypatch.setattr("kagglebot.retraining.making.installed", lambda: ("tensorflow", "torch"))
    assert plan_trial(summarise(first), first, study, data).members[0][1].backend == "torch"
    monkeypatch.setattr("kagglebot.retraining.making.installed", lambda: ("tensorflow",))
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


CONTINUED = "continued from trial 0's checkpoint, 1 more epoch on all rows"
FROM_NOTHING = "trained from nothing on all rows"


def test_a_model_goes_on_from_the_trials_checkpoint_unless_it_is_asked_for_from_scratch(
    study: Path, data: Path
) -> None:
    trial, net = trained_trial(study, data)
    usual = plan_trial(summarise(trial), trial, study, data)
    scratch = plan_trial(summarise(trial), trial, study, data, Making.FROM_SCRATCH)
    (model,) = train_models(usual, study, data)
    assert (model.how, model.epochs, model.note) == (CONTINUED, 2, "")
    card = read_card(model.path)
    assert (card["how"], card["recipe"]["further"]) == (CONTINUED, 1)
    images, labels = load_dataset(data).train_images, load_dataset(data).train_labels
    right, before = (
        (answers.argmax(axis=1) == labels).mean()
        for answers in (predict_mean([model.path], images, 10), net.predict(images))
    )
    assert right > before + 0.02  # it has learned more, and not begun again
    assert train_models(usual, study, data)[0].reused
    (anew,) = train_models(scratch, study, data)
    assert (anew.how, anew.epochs, anew.reused) == (FROM_NOTHING, 1, False)
    assert read_card(anew.path)["how"] == FROM_NOTHING
    (found,) = train_models(usual, study, data)  # what took longer is not thrown away
    assert (found.how, found.reused) == (FROM_NOTHING, True)
    assert train_models(scratch, study, data)[0].reused


def test_a_checkpoint_as_it_is_predicts_what_its_net_does(study: Path, data: Path) -> None:
    trial, net = trained_trial(study, data)
    plan = plan_trial(summarise(trial), trial, study, data, Making.NOW)
    (model,) = train_models(plan, study, data)
    assert (plan.label, model.path.name, model.epochs) == ("checkpoint of trial 0", "trial-0-now.keras", 1)
    assert model.how == "the checkpoint of trial 0 as it is, without the validation rows"
    images = load_dataset(data).test_images[:200]
    np.testing.assert_allclose(predict_mean([model.path], images, 10), net.predict(images), rtol=1e-3, atol=1e-5)
    assert not plan_trial(summarise(trial), trial, study, data).members[0][1].is_there


@pytest.mark.parametrize("spoil", ["missing", "damaged", "other seed", "other version"])
def test_without_a_checkpoint_that_fits_a_model_is_trained_from_nothing_and_it_is_said(
    study: Path, data: Path, spoil: str
) -> None:
    trial, _ = trained_trial(study, data)
    path = chosen_path(study, 0)
    if spoil == "missing":
        path.unlink()
    elif spoil == "damaged":
        path.write_bytes(path.read_bytes()[:-100])
    elif spoil == "other seed":
        trial = replace(trial, seed=7)
    else:
        trial = replace(trial, made_with={"backend": "tensorflow", "versions": {"keras": "3.0.0"}})
    (model,) = train_models(plan_trial(summarise(trial), trial, study, data), study, data)
    assert model.how == FROM_NOTHING
    assert model.note == (
        "The checkpoint of trial 0 is missing or of another version. Its model was trained from nothing."
    )
    with pytest.raises(StudyError, match="checkpoint of trial 0 is missing") as caught:
        plan_trial(summarise(trial), trial, study, data, Making.NOW)
    assert caught.value.hint == "Run: kagglebot submit mine --trial 0"


def test_what_is_soon_trained_is_trained_from_nothing(study: Path, data: Path) -> None:
    trial, _ = trained_trial(study, data)
    ((_, model),) = plan_trial(summarise(trial), replace(trial, pace=20.0), study, data).members
    assert (model.recipe.further, model.note) == (None, "")


def test_a_checkpoint_that_is_lost_before_the_training_is_a_sentence(study: Path, data: Path) -> None:
    trial, _ = trained_trial(study, data)
    plan = plan_trial(summarise(trial), trial, study, data)
    chosen_path(study, 0).unlink()
    with pytest.raises(DataError, match=r"chosen-0\.npz is gone or damaged"):
        train_models(plan, study, data)
    assert not plan.members[0][1].path.exists()


def test_members_go_on_too_and_further_ones_of_a_trial_begin_anew(study: Path, data: Path) -> None:
    trials = [trained_trial(study, data, number)[0] for number in (0, 1)]
    dataset = load_dataset(data)
    rows = np.arange(1000, 1200)
    right = np.eye(10, dtype=np.float32)[dataset.train_labels[rows]]
    for number, answers in enumerate((right[::-1], right)):
        oof = OofPredictions(rows, answers)
        save_predictions(study, data, number, oof, settings=trials[number].settings)
    plan = plan_ensemble(summarise(*trials), 2, study, data)
    made = {model.name: (model.recipe.further, model.note) for _, model in plan.members}
    assert made == {"trial-1": (1, ""), f"trial-1-seed-{1_000_003 + 1}": (None, "")}
    now = plan_ensemble(summarise(*trials), 2, study, data, Making.NOW)
    assert now.names == ["trial-1-now"] * 2  # counts twice
    chosen_path(study, 1).unlink()
    assert plan_ensemble(summarise(*trials), 2, study, data, Making.NOW).names == ["trial-0-now"] * 2
