"""The one-standard-error rule, on predictions made by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_predictions import DATASET, Sure, keep, summarise, trial

from kagglebot.analysis.best_trial.one_standard_error import select_best, select_cheaper
from kagglebot.errors import StudyError

BEST, OTHER = trial(0, 0.990, seconds=100.0), trial(1, 0.988, seconds=50.0)


@pytest.mark.parametrize(
    ("score", "loss", "chosen", "why"),
    [
        (
            0.988,
            0.02,
            1,
            "Trial 0 scored best, 0.99000; trial 1 lies within one standard error of it",
        ),
        (0.988, 0.04, 0, ""),
        (0.980, 0.02, 0, ""),  # beyond it
        (0.988, None, 0, ""),  # of an early version
    ],
)
def test_the_best_has_the_lowest_log_loss_within_one_standard_error_whatever_it_costs(
    score: float, loss: float | None, chosen: int, why: str
) -> None:
    study = summarise(
        replace(BEST, score_error=0.003, log_loss=0.03, seconds=1.0),
        replace(OTHER, value=score, score_error=0.003, log_loss=loss),
    )
    choice = select_best(study)
    assert (choice.trial.number, choice.best.number) == (chosen, 0) == (study.best.number, 0)
    assert choice.reason.startswith(why) and bool(choice.reason) == bool(why)
    assert set(choice.within) == ({0, 1} if score == 0.988 else {0})


def test_of_one_net_the_trial_with_more_epochs_is_the_best_within_one_standard_error() -> None:
    study = summarise(
        replace(BEST, score_error=0.003, log_loss=0.03),
        replace(OTHER, score_error=0.003, log_loss=0.04, continues=0),
    )
    choice = select_best(study)
    assert choice.trial.number == study.best.number == 1 and choice.within == (1, 0)
    assert choice.reason == (
        "Trial 0 scored best, 0.99000; trial 1 lies within one standard error of it and is the net of trial 0 "
        "after more epochs."
    )


@pytest.mark.parametrize(
    ("wrong", "sure", "seconds", "taken"),
    [
        (12, 0.95, 50.0, 1),  # two more mistakes of twenty-two are chance
        (12, 0.95, 105.0, 0),  # but it takes longer
        (40, 0.95, 50.0, 0),  # thirty more are none
        (12, 0.70, 50.0, 1),  # how sure it is on the whole says nothing
        (12, [0.99, 0.55], 50.0, 0),  # as many are right, but it tells them apart far less
    ],
)
def test_on_demand_the_cheapest_within_one_standard_error_is_selected(
    wrong: int, sure: Sure, seconds: float, taken: int, tmp_path: Path
) -> None:
    keep(tmp_path, BEST, np.arange(10), 0.95)
    keep(tmp_path, OTHER, np.arange(500, 500 + wrong), sure)
    choice = select_cheaper(summarise(BEST, replace(OTHER, seconds=seconds)), tmp_path, DATASET)
    assert (choice.trial.number, choice.best.number) == (taken, 0)
    assert choice.reason == (
        "Trial 0 is the best; trial 1 lies within one standard error of it and takes 50% of its time."
        if taken
        else ""
    )
    assert choice.within == ((0, 1) if wrong == 12 and isinstance(sure, float) else (0,))


def test_among_few_groups_more_is_within_one_standard_error(tmp_path: Path) -> None:
    keep(tmp_path, BEST, np.arange(10), 0.95)
    keep(tmp_path, OTHER, np.arange(500, 540), 0.95)  # all of one patient of ten
    patients = replace(DATASET, train_groups=np.arange(len(DATASET.train_labels)) // 100)
    assert select_cheaper(summarise(BEST, OTHER), tmp_path, DATASET).trial is BEST
    assert select_cheaper(summarise(BEST, OTHER), tmp_path, patients).trial is OTHER


def test_a_trial_without_predictions_or_with_other_rows_is_not_compared(tmp_path: Path) -> None:
    study = summarise(BEST, OTHER)
    assert select_cheaper(study, tmp_path, DATASET).trial is BEST
    keep(tmp_path, OTHER, np.arange(10), 0.95)
    assert select_cheaper(study, tmp_path, DATASET).within == (0,)
    keep(tmp_path, BEST, np.arange(10), 0.95)
    keep(tmp_path, OTHER, np.arange(10), 0.95, rows=np.arange(500))
    assert select_cheaper(study, tmp_path, DATASET).within == (0,)


def test_a_study_without_a_complete_trial_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no complete trial"):
        select_cheaper(summarise(), tmp_path, DATASET)
    with pytest.raises(StudyError, match="no complete trial"):
        select_best(summarise())
