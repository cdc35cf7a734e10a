import io
from dataclasses import replace

import pytest
from rich.console import Console

from kagglebot.analysis.best_trial.one_standard_error import SelectedTrial
from kagglebot.analysis.best_trial.significance import Significance
from kagglebot.analysis.build_analysis import build_analysis
from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.report.findings import describe_findings


def text(analysis: StudyAnalysis) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(describe_findings(analysis))
    return console.file.getvalue()


@pytest.fixture
def analysis(summary: StudySummary) -> StudyAnalysis:
    return build_analysis(summary)


LEAD = Significance(error=0.01, rows=6300, within=(), lead=0.03, over_first=None, over_median=0.05)


@pytest.mark.parametrize(
    ("significance", "said"),
    [
        (LEAD, "Yes: the next trial is 3.0 standard errors (0.010) behind."),
        (
            replace(LEAD, lead=0.015),
            "Perhaps: the next trial is more than one standard error (0.010) behind, but less than two.",
        ),
        (replace(LEAD, lead=0.005, within=(7,)), "No: trial 7 lies within"),
        (replace(LEAD, lead=0.005, within=(7, 1, 3)), "No: 3 other trials (7, 1, 3) lie within"),
        (replace(LEAD, within=(7,), over_median=0.02001), "Its lead over the median is significant."),
        (replace(LEAD, error=None), "Unknown: the standard error of its score is not known."),
        (replace(LEAD, error=0.0), "Unknown: with every row right there is no standard error"),
        (replace(LEAD, lead=None), "Unknown with one complete trial."),
        (replace(LEAD, lead_rows=1575), "Perhaps: the next trial is more than one standard error (0.020) behind"),
        (
            replace(LEAD, lead=None, next_best=7),
            "Unknown: trial 7, the next best, was scored on other rows, and predictions",
        ),
    ],
)
def test_whether_the_lead_is_significant(analysis: StudyAnalysis, significance: Significance, said: str) -> None:
    assert said in text(replace(analysis, significance=significance))


def test_why_a_trial_with_a_lower_score_is_the_best_is_said(analysis: StudyAnalysis) -> None:
    best, other = analysis.summary.top(2)
    selected = SelectedTrial(other, best, (best.number, other.number), "Trial 1 has a lower log loss.")
    assert "Trial 1 has a lower log loss." in text(replace(analysis, selected=selected))
    assert "Selected" not in text(replace(analysis, selected=SelectedTrial(best, best, (best.number,))))


@pytest.mark.parametrize(
    ("significance", "said"),
    [
        (replace(LEAD, next_best=7), "0.030 better than the next best, trial 7, 0.050 than the median"),
        (
            replace(LEAD, lead=-0.002, next_best=7, within=(7,), over_first=0.0),
            "0.0020 behind the next best, trial 7, 0.050 better than the median, 0 than trial 0",
        ),
        (replace(LEAD, lead=None, over_median=None), "There is no other complete trial"),
        (
            replace(LEAD, next_best=7, lead_rows=2520),
            "0.030 better than the next best, trial 7 (on the 2,520 rows of both), 0.050 than the median",
        ),
        (
            replace(LEAD, lead=None, next_best=7),
            "Trial 7, the next best, was scored on other rows and is not compared, 0.050 better than the median",
        ),
    ],
)
def test_the_lead_over_others(analysis: StudyAnalysis, significance: Significance, said: str) -> None:
    assert said in text(replace(analysis, significance=significance))


def test_a_trial_that_was_cut_off_after_some_folds_has_fewer_rows(analysis: StudyAnalysis) -> None:
    said = text(replace(analysis, significance=replace(LEAD, rows=2520)))
    assert "± 0.010 on 2,520 of 6,300 validation rows (15 %" in said


def test_the_optimism_of_a_chosen_score_is_said(analysis: StudyAnalysis) -> None:
    said = text(replace(analysis, significance=LEAD, optimism=0.0042))
    assert "Chosen as the best on the same rows, its score is about 0.0042 too good." in said


PRUNING = Pruning("median", 4, 10, 40, spent_seconds=100.0, saved_seconds=60.0, ahead=())


@pytest.mark.parametrize(
    ("pruning", "said"),
    [
        (PRUNING, "Saved about 1:00 min (38%); no pruned trial was ahead of the best trial"),
        (
            replace(PRUNING, ahead=(9,)),
            "Saved about 1:00 min (38%), but 1 of 4 pruned trials (9) was ahead of the best trial at that epoch.",
        ),
        (
            replace(PRUNING, ahead=(9, 11)),
            "2 of 4 pruned trials (9, 11) were ahead of the best trial at that epoch: it may prune too early.",
        ),
    ],
)
def test_what_pruning_saved(analysis: StudyAnalysis, pruning: Pruning, said: str) -> None:
    assert said in text(replace(analysis, pruning=pruning))


def test_a_study_without_pruning(analysis: StudyAnalysis) -> None:
    summary = replace(analysis.summary, trials=analysis.summary.trials[:3])
    assert "No trial was pruned." in text(build_analysis(replace(summary, pruner="median")))
    assert "This study has no pruner." in text(build_analysis(replace(summary, pruner="none")))
