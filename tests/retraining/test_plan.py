"""Plans of final models: one trial or an ensemble."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from retraining_study import ROWS, SETTINGS, TRIALS, save_predictions, summarise, trained_trial, trial

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.making import Making
from kagglebot.retraining.plan import CANDIDATES, plan_best, plan_ensemble, plan_trial
from kagglebot.study_config.sections import Validation
from kagglebot.training.oof_predictions import OofPredictions, oof_path, save_oof, trial_key


def test_several_seeds_of_the_trials_that_do_best_together(study: Path, data: Path) -> None:
    plan = plan_ensemble(summarise(*TRIALS), 4, study, data)
    assert (plan.label, plan.trial, plan.left_out) == ("ensemble 4", None, ())
    assert Counter(trial.number for trial, _ in plan.members) == {0: 2, 1: 2}
    assert plan.scores[0] <= 0.5 < plan.validation_score  # on other rows than each was chosen by
    recipes = {model.name: model.recipe for _, model in plan.members}
    assert len(recipes) == len({(recipe.settings["units_1"], recipe.seed) for recipe in recipes.values()}) == 4
    assert recipes["trial-0"].seed == 0 and recipes["trial-1"].seed == 1
    single = plan_trial(summarise(*TRIALS), TRIALS[1], study, data)
    assert single.members[0][1].recipe == recipes["trial-1"]  # trained once for both


def test_the_model_keeps_the_size_that_images_had_under_a_limit(study: Path, data: Path) -> None:
    for largest, size in ((224, None), (5, (5, 5))):
        summary = replace(summarise(*TRIALS), images=ImageRule(largest=largest))
        ((_, model),) = plan_trial(summary, TRIALS[1], study, data).members
        assert model.recipe.images == ImageRule(size)


def test_the_model_does_not_learn_from_rows_that_the_study_sealed(study: Path, data: Path) -> None:
    summary = replace(summarise(*TRIALS), split=Validation(sealed=0.05, seed=7))
    ((_, model),) = plan_trial(summary, TRIALS[1], study, data).members
    assert model.recipe.sealed == (0.05, 7)


def test_what_stays_out_is_said(study: Path, data: Path) -> None:
    summary = summarise(*TRIALS, *(trial(number, 0.1) for number in (3, 4, 5, 6, 7)))
    whole = oof_path(study, 2).read_bytes()
    oof_path(study, 3).write_bytes(whole[:400])
    oof_path(study, 4).write_bytes(whole)
    save_predictions(study, data, 5, OofPredictions(ROWS[:50], np.full((50, 10), 0.1, np.float32)))
    plan = plan_ensemble(summary, 2, study, data)
    assert plan.left_out == (
        f"Trial 3 is left out: {oof_path(study, 3)} is damaged.",
        f"Trial 4 is left out: {oof_path(study, 4)} is of another trial, or of data since replaced.",
        "Left out, as their validation predictions are missing: trials 6, 7.",
        "Trial 5 is left out: it was cut off before its last fold.",
    )
    assert {trial.number for trial, _ in plan.members} == {0, 1}


def test_data_that_was_replaced_has_no_ensemble(study: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load_dataset(data)
    other = replace(dataset, schema=replace(dataset.schema, digest="of other data"))
    monkeypatch.setattr("kagglebot.retraining.plan.load_dataset", lambda folder: other)
    with pytest.raises(
        StudyError, match=r"No trial of 'mine' can join an ensemble\. Trial 0 is left out"
    ) as caught:
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
    with pytest.raises(StudyError, match="Left out, as their"):
        plan_ensemble(summarise(*TRIALS, *many), 2, study, data)


def test_the_direction_of_the_metric_is_kept(study: Path, data: Path) -> None:
    losses = (trial(0, 1.3), trial(1, 1.2), trial(2, 1.9))
    plan = plan_ensemble(summarise(*losses, metric="log_loss"), 2, study, data)
    assert {trial.number for trial, _ in plan.members} == {0, 1}
    assert plan.scores[1] < plan.scores[0]
    mean = np.mean([read_trial_oof(each, study, load_dataset(data)).probabilities for each in losses[:2]], axis=0)
    labels = load_dataset(data).train_labels[ROWS]
    assert plan.adjustment == pytest.approx(get_metric("log_loss").fit(labels, mean), rel=1e-4)
    assert plan.ensemble(()).adjustment == plan.adjustment
    single = plan_trial(
        summary := summarise(replace(losses[0], adjustment=(0.8,))), summary.trials[0], study, data
    )
    assert single.members[0][1].recipe.to_json()["adjustment"] == [0.8] and single.adjustment is None


def test_the_best_trial_has_a_partner_where_the_study_asks_for_two_nets(study: Path, data: Path) -> None:
    alone = plan_best(summarise(*TRIALS), study, data)
    assert (alone.label, alone.names, alone.trial) == ("trial 0", [], 0)
    pair = plan_best(replace(summarise(*TRIALS), nets=2), study, data)
    assert (pair.label, pair.names) == ("ensemble 2", ["trial-0", "trial-1"])
    assert pair.members[0] == alone.members[0]
    assert pair.scores[0] == pytest.approx(get_metric("accuracy").adjusted_score(*answers(study, data, 0)))
    assert len(pair.scores) == 2


def answers(study: Path, data: Path, number: int) -> tuple[np.ndarray, np.ndarray]:
    dataset = load_dataset(data)
    oof = read_trial_oof(TRIALS[number], study, dataset)
    return dataset.train_labels[oof.rows], oof.probabilities


def test_a_partner_is_soon_made(study: Path, data: Path) -> None:
    slow = replace(TRIALS[1], pace=1000.0)
    assert plan_best(replace(summarise(TRIALS[0], slow), nets=2), study, data).label == "trial 0"
    checkpoint, _ = trained_trial(study, data, 1)
    oof = OofPredictions(ROWS, answers(study, data, 1)[1])
    save_predictions(study, data, 1, oof, settings=checkpoint.settings)
    summary = replace(summarise(TRIALS[0], replace(checkpoint, value=0.5)), nets=2)
    assert plan_best(summary, study, data).names == ["trial-0", "trial-1"]
    assert plan_best(summary, study, data, Making.FROM_SCRATCH).label == "trial 0"


def test_without_the_predictions_of_the_best_trial_it_stands_alone(study: Path, data: Path) -> None:
    oof_path(study, 0).unlink()
    assert plan_best(replace(summarise(*TRIALS), nets=2), study, data).label == "trial 0"
