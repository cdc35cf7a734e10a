"""Plans of ensembles: as many members as are asked for."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from retraining_study import ROWS, SETTINGS, TRIALS, summarise, trial

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.choice.ensemble import plan_ensemble
from kagglebot.retraining.plan import plan_trial
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path, save_oof, trial_key


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


def test_data_that_was_replaced_has_no_ensemble(study: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load_dataset(data)
    other = replace(dataset, schema=replace(dataset.schema, digest="of other data"))
    monkeypatch.setattr("kagglebot.retraining.choice.ensemble.load_dataset", lambda folder: other)
    with pytest.raises(
        StudyError, match=r"No trial of 'mine' can join an ensemble\. Trial 0 is left out"
    ) as caught:
        plan_ensemble(summarise(*TRIALS), 2, study, data)
    assert caught.value.hint == "Run: kagglebot tune mine --trials 10"


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
