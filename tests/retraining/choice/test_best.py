"""The best trial, and its partners where the study asks for several nets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from retraining_study import ROWS, TRIALS, save_predictions, summarise, trained_trial

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.datasets.dataset import load_dataset
from kagglebot.metrics.registry import get_metric
from kagglebot.retraining.choice.best import plan_best
from kagglebot.retraining.making import Making
from kagglebot.study_config.sections import Final
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path


def test_the_best_trial_has_a_partner_where_the_study_asks_for_two_nets(study: Path, data: Path) -> None:
    alone = plan_best(summarise(*TRIALS), study, data)
    assert (alone.label, alone.names, alone.trial) == ("trial 0", [], 0)
    pair = plan_best(replace(summarise(*TRIALS), final=Final(nets=2)), study, data)
    assert (pair.label, pair.names) == ("ensemble 2", ["trial-0", "trial-1"])
    assert pair.members[0] == alone.members[0]
    assert pair.choice == alone.choice is not None  # so that submit says why this trial, and how optimistic it is
    assert pair.scores[0] == pytest.approx(get_metric("accuracy").adjusted_score(*answers(study, data, 0)))
    assert len(pair.scores) == 2


def answers(study: Path, data: Path, number: int) -> tuple[np.ndarray, np.ndarray]:
    dataset = load_dataset(data)
    oof = read_trial_oof(TRIALS[number], study, dataset)
    return dataset.train_labels[oof.rows], oof.probabilities


def test_a_partner_is_soon_made(study: Path, data: Path) -> None:
    slow = replace(TRIALS[1], pace=1000.0)
    assert plan_best(replace(summarise(TRIALS[0], slow), final=Final(nets=2)), study, data).label == "trial 0"
    checkpoint, _ = trained_trial(study, data, 1)
    oof = OofPredictions(ROWS, answers(study, data, 1)[1])
    save_predictions(study, data, 1, oof, settings=checkpoint.settings)
    summary = replace(summarise(TRIALS[0], replace(checkpoint, value=0.5)), final=Final(nets=2))
    assert plan_best(summary, study, data).names == ["trial-0", "trial-1"]
    assert plan_best(summary, study, data, Making.FROM_SCRATCH).label == "trial 0"


def test_without_the_predictions_of_the_best_trial_it_stands_alone(study: Path, data: Path) -> None:
    oof_path(study, 0).unlink()
    assert plan_best(replace(summarise(*TRIALS), final=Final(nets=2)), study, data).label == "trial 0"
