"""Trials that may be averaged, and those that stay out."""

from pathlib import Path

import numpy as np
import pytest
from retraining_study import ROWS, TRIALS, save_predictions, summarise, trial

from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import StudyError
from kagglebot.retraining.choice.candidates import CANDIDATES
from kagglebot.retraining.choice.ensemble import plan_ensemble
from kagglebot.training.files.oof_predictions import OofPredictions, oof_path


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


def test_the_best_trial_joins_though_it_was_cut_off_after_some_folds(study: Path, data: Path) -> None:
    best = trial(3, 0.99)
    labels = load_dataset(data).train_labels[ROWS[:50]]
    save_predictions(study, data, 3, OofPredictions(ROWS[:50], np.eye(10, dtype=np.float32)[labels]))
    plan = plan_ensemble(summarise(*TRIALS, best), 2, study, data)
    assert plan.left_out == ()
    assert plan.members[0][0].number == 3


def test_a_repeated_trial_is_neither_chosen_nor_missed(study: Path, data: Path) -> None:
    repeated = TrialResult(9, "complete", 0.52, epochs=1, planned=1)
    assert plan_ensemble(summarise(*TRIALS, repeated), 2, study, data).left_out == ()


def test_only_the_best_of_many_trials_are_looked_at(study: Path, data: Path) -> None:
    many = [trial(number, 0.6) for number in range(10, 10 + CANDIDATES)]
    with pytest.raises(StudyError, match="Left out, as their"):
        plan_ensemble(summarise(*TRIALS, *many), 2, study, data)
