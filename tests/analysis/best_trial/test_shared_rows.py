"""A trial that was cut off after some folds beside one that has predictions of all rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_predictions import COUNT, DATASET, keep, summarise, trial

from kagglebot.analysis.best_trial.shared_rows import Compared, compare_on_shared_rows
from kagglebot.analysis.build_analysis import build_analysis
from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_analysis import StudyAnalysis

ROWS = np.arange(400)  # those of two of five folds


@pytest.mark.parametrize("stored", [True, False])
def test_two_trials_are_compared_on_the_rows_of_both(tmp_path: Path, *, stored: bool) -> None:
    """The whole trial has 20 of 1,000 rows wrong, 4 of them in the folds where the other has 6 of 400 wrong."""
    whole, cut = trial(0, 0.98, seconds=1.0), replace(trial(1, 0.985, seconds=1.0), reason="out of time")
    keep(tmp_path, whole, np.r_[:4, 500:516], 0.9)
    keep(tmp_path, cut, np.arange(6), 0.9, rows=ROWS)
    if stored:
        whole, cut = replace(whole, rows=COUNT), replace(cut, rows=len(ROWS))
    summary = summarise(whole, cut)
    for best, other, gain in ((cut, whole, -2 / 400), (whole, cut, 2 / 400)):
        oof = read_trial_oof(best, tmp_path, DATASET)
        assert compare_on_shared_rows(summary, best, oof, tmp_path, DATASET) == {
            other.number: Compared(pytest.approx(gain), len(ROWS))
        }


def test_trials_of_the_same_rows_are_compared_by_their_scores(tmp_path: Path) -> None:
    best, other, third = (trial(number, 0.98, seconds=1.0) for number in range(3))
    for each in (best, other):
        keep(tmp_path, each, np.arange(20), 0.9)
    again = replace(other, reason="out of time after epoch 1")  # by an early version, on all rows
    oof = read_trial_oof(best, tmp_path, DATASET)
    assert compare_on_shared_rows(summarise(best, again, third), best, oof, tmp_path, DATASET) == {}


def cut_off(**more: object) -> StudyAnalysis:
    whole, cut = trial(0, 0.98, seconds=1.0), replace(trial(1, 0.985, seconds=1.0), rows=400)
    return build_analysis(summarise(whole, cut), **more)  # type: ignore[arg-type]


def test_the_standard_error_is_of_the_rows_that_the_best_trial_has() -> None:
    significance = cut_off().significance
    assert significance is not None and significance.rows == 400
    assert significance.error == pytest.approx((0.985 * 0.015 / 400) ** 0.5)


def test_scores_on_other_rows_say_nothing_of_the_lead() -> None:
    significance = cut_off().significance
    assert significance is not None and (significance.next_best, significance.lead) == (0, None)
    assert significance.within == () and significance.over_median is None and significance.over_first is None


def test_the_lead_on_fewer_rows_has_a_larger_error() -> None:
    significance = cut_off(shared={0: Compared(0.007, 100)}).significance
    assert significance is not None and significance.lead == significance.over_first == 0.007
    assert significance.error is not None and significance.lead_error == pytest.approx(2 * significance.error)
    assert significance.error < 0.007 and significance.within == (0,)
