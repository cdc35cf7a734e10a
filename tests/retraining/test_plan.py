"""What is chosen and trained for an ensemble, on a study with predictions made by hand."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kagglebot.analysis.results import StudySummary, TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema, save_schema
from kagglebot.errors import StudyError, UsageError
from kagglebot.retraining.final_model import is_trained, model_path
from kagglebot.retraining.plan import CANDIDATES, carry_out, plan_ensemble, plan_trial
from kagglebot.training.keras.backends import current_backend
from kagglebot.training.oof_predictions import OofPredictions, oof_path, save_oof, trial_key

ROWS = np.arange(0, 1200, 6)
SETTINGS = {"layers": 1, "units_1": 8}


def trial(number: int, value: float) -> TrialResult:
    return TrialResult(
        number, "complete", value, settings=SETTINGS, epochs=1, planned=1, curve=(value,), seed=number
    )


def summarise(*trials: TrialResult, metric: str = "accuracy") -> StudySummary:
    return StudySummary("mine", "digits-practice", metric, "mlp", "a sixth held out", len(ROWS), trials)


@pytest.fixture
def data(tmp_path: Path, digits_data: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cache").symlink_to(digits_data / "cache")
    save_schema(folder, read_schema(digits_data))
    return folder


@pytest.fixture
def study(tmp_path: Path, data: Path) -> Path:
    """The folder of a study whose trials 0 and 1 are right on a half each, and 2 on a third, less sure."""
    labels = load_dataset(data).train_labels[ROWS]
    for number, right in enumerate((ROWS % 12 == 0, ROWS % 12 != 0, ROWS % 18 == 0)):
        answers = np.where(right, labels, (labels + 1) % 10)
        probabilities = np.full((len(ROWS), 10), 0.05, np.float32)
        probabilities[np.arange(len(ROWS)), labels] += 0.1
        probabilities[np.arange(len(ROWS)), answers] += 0.4
        keep(tmp_path / "study", data, number, OofPredictions(ROWS, probabilities))
    return tmp_path / "study"


def keep(study: Path, data: Path, number: int, answers: OofPredictions, seed: int | None = None) -> None:
    key = trial_key(SETTINGS, number if seed is None else seed, read_schema(data).digest)
    save_oof(oof_path(study, number), answers, key)


TRIALS = (trial(0, 0.52), trial(1, 0.5), trial(2, 0.33))


def test_several_seeds_of_the_trials_that_do_best_together(study: Path, data: Path) -> None:
    plan = plan_ensemble(summarise(*TRIALS), 4, study, data)
    assert (plan.label, plan.trial, plan.left_out) == ("ensemble 4", None, ())
    assert Counter(trial.number for trial, _ in plan.members) == {0: 2, 1: 2}
    assert plan.scores[0] == 0.5 < plan.validation_score
    recipes = {model.name: model.recipe for _, model in plan.members}
    assert len(recipes) == len({(recipe.settings["units_1"], recipe.seed) for recipe in recipes.values()}) == 4
    assert recipes["trial-0"].seed == 0 and recipes["trial-1"].seed == 1
    single = plan_trial(summarise(*TRIALS), TRIALS[1], study, data)
    assert single.members[0][1].recipe == recipes["trial-1"]  # trained once for both


def test_what_stays_out_is_said(study: Path, data: Path) -> None:
    summary = summarise(*TRIALS, *(trial(number, 0.1) for number in (3, 4, 5, 6, 7)))
    whole = oof_path(study, 2).read_bytes()
    oof_path(study, 3).write_bytes(whole[:400])
    oof_path(study, 4).write_bytes(whole)
    keep(study, data, 5, OofPredictions(ROWS[:50], np.full((50, 10), 0.1, np.float32)))
    plan = plan_ensemble(summary, 2, study, data)
    assert plan.left_out == (
        f"Trial 3 stays out: {oof_path(study, 3)} is damaged.",
        f"Trial 4 stays out: {oof_path(study, 4)} is of another trial, or of data since replaced.",
        "Stay out for want of their validation predictions: trials 6, 7.",
        "Trial 5 stays out: it was cut off before its last fold.",
    )
    assert {trial.number for trial, _ in plan.members} == {0, 1}


def test_data_that_was_replaced_has_no_ensemble(study: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load_dataset(data)
    other = replace(dataset, schema=replace(dataset.schema, digest="of other data"))
    monkeypatch.setattr("kagglebot.retraining.plan.load_dataset", lambda folder: other)
    with pytest.raises(StudyError, match=r"No trial of 'mine' can join an ensemble\. Trial 0 stays out") as caught:
        plan_ensemble(summarise(*TRIALS), 2, study, data)
    assert caught.value.hint == "Run: kagglebot tune mine --trials 10"


def test_a_repeated_trial_is_neither_chosen_nor_missed(study: Path, data: Path) -> None:
    repeated = TrialResult(9, "complete", 0.52, epochs=1, planned=1)
    assert plan_ensemble(summarise(*TRIALS, repeated), 2, study, data).left_out == ()


def test_of_trials_that_went_on_from_each_other_one_is_a_member_and_others_have_other_seeds(
    study: Path, data: Path
) -> None:
    went_on = replace(TRIALS[1], continues=0, seed=0)
    key = trial_key(SETTINGS, 0, read_schema(data).digest)
    kept = oof_path(study, 1)
    labels = load_dataset(data).train_labels[ROWS]
    save_oof(kept, OofPredictions(ROWS, np.eye(10, dtype=np.float32)[labels]), key)
    plan = plan_ensemble(summarise(TRIALS[0], replace(went_on, value=0.9)), 2, study, data)
    assert [trial.number for trial, _ in plan.members] == [1, 1]
    assert len({model.recipe.seed for _, model in plan.members}) == 2


def test_only_the_best_of_many_trials_are_looked_at(study: Path, data: Path) -> None:
    many = [trial(number, 0.6) for number in range(10, 10 + CANDIDATES)]
    with pytest.raises(StudyError, match="Stay out for want"):
        plan_ensemble(summarise(*TRIALS, *many), 2, study, data)


def test_the_direction_of_the_metric_is_kept(study: Path, data: Path) -> None:
    losses = (trial(0, 1.3), trial(1, 1.2), trial(2, 1.9))
    plan = plan_ensemble(summarise(*losses, metric="log_loss"), 2, study, data)
    assert {trial.number for trial, _ in plan.members} == {0, 1}
    assert plan.scores[1] < plan.scores[0]


def test_a_trained_member_is_used_again(study: Path, data: Path) -> None:
    single = plan_trial(summarise(*TRIALS), TRIALS[0], study, data)
    (model,) = carry_out(single, study, data)
    assert (model.trial, model.seed, model.reused) == (0, 0, False)
    assert model.path == model_path(study, "mlp", 0)
    plan = plan_ensemble(summarise(*TRIALS), 2, study, data)
    models = carry_out(plan, study, data, jobs=1)
    assert {each.trial: each.reused for each in models} == {0: True, 1: False}
    assert all(is_trained(member.path, member.recipe) for _, member in plan.members)
    assert all(each.reused for each in carry_out(plan, study, data))


def test_a_trial_is_trained_on_its_own_backend_where_that_is_installed(
    study: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = replace(TRIALS[0], made_with={"backend": "torch", "device": "CPU"})
    monkeypatch.setattr("kagglebot.retraining.plan.installed", lambda: ("tensorflow", "torch"))
    assert plan_trial(summarise(first), first, study, data).members[0][1].backend == "torch"
    monkeypatch.setattr("kagglebot.retraining.plan.installed", lambda: ("tensorflow",))
    plan = plan_trial(summarise(first), first, study, data)
    assert plan.members[0][1].backend == "tensorflow"
    (model,) = carry_out(plan, study, data)
    assert len(model.differences) == 1  # an mlp is scikit-learn's, whatever its trial says
    assert model.differences[0].startswith(
        "The trial ran on PyTorch on CPU, the model was trained on scikit-learn"
    )
    elsewhere = replace(plan.members[0][1], backend="torch")
    (model,) = carry_out(replace(plan, members=((first, elsewhere),)), study, data)
    assert model.reused  # a model loads on either


def test_what_another_backend_trains_has_a_process_of_its_own(study: Path, data: Path) -> None:
    plan = plan_trial(summarise(*TRIALS), TRIALS[0], study, data)
    elsewhere = replace(plan.members[0][1], backend="jax")
    with pytest.raises(UsageError, match="backend 'jax' is not installed"):
        carry_out(replace(plan, members=((TRIALS[0], elsewhere),)), study, data)
    assert not elsewhere.is_there and current_backend() == "tensorflow"
