"""The nets of a trial's folds become its final model, without any training."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from retraining_study import ROWS, TRIALS, save_predictions, summarise, trained_trial

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.models.registry import get_family
from kagglebot.retraining.choice.best import plan_best
from kagglebot.retraining.choice.ensemble import plan_ensemble
from kagglebot.retraining.making import Making
from kagglebot.retraining.plan import Plan, plan_trial
from kagglebot.retraining.predict import predict_mean
from kagglebot.retraining.records import TrainedEnsemble
from kagglebot.retraining.train import train_models
from kagglebot.study_config.sections import Final, Validation
from kagglebot.training.files.checkpoints import (
    FoldNet,
    checkpoint_key,
    chosen_path,
    read_checkpoint,
    save_checkpoint,
)
from kagglebot.training.files.oof_predictions import OofPredictions
from kagglebot.training.learner import image_shape
from kagglebot.training.registry import make_learner

MOMENTS = ((30.0, 60.0), (40.0, 70.0))


def trial_with_folds(study: Path, data: Path) -> tuple[TrialResult, np.ndarray]:
    """Trial 0, whose checkpoint has the nets of two folds, and what these predict together for the test images."""
    oof = read_trial_oof(TRIALS[0], study, load_dataset(data))
    trial, _ = trained_trial(study, data, preprocessing="standardise", ema_epochs=0.0)
    save_predictions(study, data, 0, OofPredictions(ROWS, oof.probabilities), settings=trial.settings)
    dataset = load_dataset(data)
    key = checkpoint_key(trial.settings, trial.seed, dataset.schema.digest, trial.made_with)
    checkpoint = read_checkpoint(chosen_path(study, 0), key)
    assert checkpoint is not None
    nets, predicted = [], []
    for seed, moments in enumerate(MOMENTS, start=1):
        shape, family = image_shape(dataset.train_images), get_family("dense")
        net = make_learner(family, trial.settings, shape, 10, seed=seed, pixel_moments=moments)
        nets.append(FoldNet(tuple(net.get_weights()), np.array(moments)))
        predicted.append(net.predict(dataset.test_images))
    save_checkpoint(chosen_path(study, 0), replace(checkpoint, nets=tuple(nets)), key)
    return trial, np.mean(predicted, axis=0)


def asking(*trials: TrialResult, folds: Literal["average", "retrain"] = "average", nets: int = 1) -> StudySummary:
    return replace(summarise(*trials), final=Final(folds=folds, nets=nets), split=Validation(folds=2))


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("something is trained")

    monkeypatch.setattr("kagglebot.retraining.train.train_in_processes", refuse)
    monkeypatch.setattr("kagglebot.training.keras.learner.KerasLearner.run_epoch", refuse)


def test_the_nets_of_the_folds_are_averaged_as_they_are(
    study: Path, data: Path, request: pytest.FixtureRequest
) -> None:
    trial, mean = trial_with_folds(study, data)
    request.getfixturevalue("no_training")
    summary = asking(replace(trial, adjustment=(0.5,)), *TRIALS[2:])
    plan = plan_best(summary, study, data)
    assert (plan.label, plan.trial, plan.names) == ("folds of trial 0", None, ["trial-0-fold-1", "trial-0-fold-2"])
    assert (plan.scores, plan.adjustment) == ((trial.value,), (0.5,)) and plan.choice is not None
    models = train_models(plan, study, data)
    images = load_dataset(data).test_images
    np.testing.assert_allclose(predict_mean([each.path for each in models], images, 10), mean, atol=1e-5)
    together = plan.record(models)
    assert isinstance(together, TrainedEnsemble) and together.label == plan.label
    assert (together.validation_score, together.single_score) == (trial.value, None)
    assert (together.to_json()["trial"], together.to_json()["folds"]) == (0, 2)
    assert models[1].how == "the net of trial 0's fold 2 as it is, without the rows of that fold"
    assert [each.differences for each in models] == [(), ()]
    now = plan_trial(replace(summary, final=Final()), summary.trials[0], study, data, Making.NOW)
    assert now.names == plan.names and all(each.reused for each in train_models(now, study, data))


def test_an_ensemble_takes_the_nets_of_folds_and_leaves_out_trials_without(study: Path, data: Path) -> None:
    trial, _ = trial_with_folds(study, data)
    summary = asking(trial, *TRIALS[1:], nets=2)
    plan = plan_ensemble(summary, 3, study, data)
    assert plan.label == "folds of ensemble 3"
    assert plan.names == ["trial-0-fold-1", "trial-0-fold-2"] * 3
    assert plan.left_out == ("Left out, as the nets of their folds are not kept: trials 1, 2.",)
    assert plan_best(summary, study, data).label == "folds of trial 0"  # no other trial has nets to add


@pytest.mark.parametrize("making", [Making.FURTHER, Making.FROM_SCRATCH])
def test_without_these_nets_or_from_scratch_a_model_is_trained_on_all_rows(
    study: Path, data: Path, making: Making
) -> None:
    trial, _ = trained_trial(study, data)
    plan = plan_best(asking(trial), study, data, making)
    ((_, model),) = plan.members
    assert plan.label == "trial 0" and model.recipe.fold is None
    assert bool(model.note) == (making is Making.FURTHER) == (model.start is not None)
    if model.note:
        (made,) = train_models(plan, study, data)
        assert made.note == (
            "The nets of trial 0's folds are missing or of another version. "
            "Its model was trained further, on all rows."
        )


def test_what_is_retrained_is_another_model_than_that_of_the_folds(study: Path, data: Path) -> None:
    trial, _ = trial_with_folds(study, data)

    def names(plan: Plan) -> list[str]:
        return [model.name for _, model in plan.members]

    assert names(plan_best(asking(trial, folds="retrain"), study, data)) == ["trial-0"]
    assert names(plan_best(asking(trial), study, data, Making.FROM_SCRATCH)) == ["trial-0"]


def test_a_net_goes_on_for_the_share_of_its_epochs_that_the_study_says(study: Path, data: Path) -> None:
    trial = replace(trained_trial(study, data)[0], epochs=20, pace=10.0)
    for share, more in ((0.2, 4), (0.1, 2), (0.01, 1)):
        ((_, model),) = plan_best(replace(summarise(trial), final=Final(more_epochs=share)), study, data).members
        assert model.recipe.further == more
