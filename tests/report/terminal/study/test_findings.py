import io
from dataclasses import replace

import pytest
from rich.console import Console

from kagglebot.analysis.one_standard_error import TrialChoice
from kagglebot.analysis.results import StudySummary
from kagglebot.analysis.significance import Significance
from kagglebot.analysis.study_analysis import Pruning, StudyAnalysis, understand
from kagglebot.report.terminal.study.findings import describe_answers


def text(analysis: StudyAnalysis) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(describe_answers(analysis))
    return console.file.getvalue()


@pytest.fixture
def analysis(summary: StudySummary) -> StudyAnalysis:
    return understand(summary)


LUCK = Significance(error=0.01, rows=6300, within=(), lead=0.03, over_first=None, over_median=0.05)


@pytest.mark.parametrize(
    ("significance", "said"),
    [
        (LUCK, "Hardly: the next is 3.0 standard errors (0.010) behind."),
        (replace(LUCK, lead=0.015), "Perhaps: no other trial lies within one standard error (0.010)"),
        (replace(LUCK, lead=0.005, within=(7,)), "Among the first 2 it may be: trial 7 lies within"),
        (replace(LUCK, lead=0.005, within=(7, 1, 3)), "first 4 it may be: 3 others (7, 1, 3) lie within"),
        (replace(LUCK, within=(7,), over_median=0.02001), "Its lead over the median is no luck."),
        (replace(LUCK, error=None), "Not known"),
        (replace(LUCK, error=0.0), "Not known: with every row right nothing says how sure"),
        (replace(LUCK, lead=None), "One trial alone cannot tell."),
    ],
)
def test_whether_it_is_luck(analysis: StudyAnalysis, significance: Significance, said: str) -> None:
    assert said in text(replace(analysis, significance=significance))


def test_a_cheaper_trial_that_is_taken_instead_is_told(analysis: StudyAnalysis) -> None:
    best, other = analysis.summary.top(2)
    choice = TrialChoice(other, best, (best.number, other.number), "Trial 1 is as good and takes 50% of the time.")
    assert "as good and takes 50% of the time. `--best` takes that." in text(replace(analysis, choice=choice))
    assert "Which is taken?" not in text(replace(analysis, choice=TrialChoice(best, best, (best.number,))))


PRUNING = Pruning("median", 4, 10, 40, spent_seconds=100.0, saved_seconds=60.0, ahead=())


@pytest.mark.parametrize(
    ("pruning", "said"),
    [
        (PRUNING, "Yes: about 1:00 min (38%) saved, and no trial given up was ahead"),
        (
            replace(PRUNING, ahead=(9,)),
            "Mostly: about 1:00 min (38%) saved, but 1 of 4 trials was ahead of the best",
        ),
        (replace(PRUNING, ahead=(9, 11)), "In doubt: about 1:00 min (38%) saved, but 2 of 4 trials were ahead"),
    ],
)
def test_whether_pruning_was_worth_it(analysis: StudyAnalysis, pruning: Pruning, said: str) -> None:
    assert said in text(replace(analysis, pruning=pruning))


def test_a_study_without_pruning_says_so(analysis: StudyAnalysis) -> None:
    summary = replace(analysis.summary, trials=analysis.summary.trials[:3])
    assert "No trial was given up." in text(understand(replace(summary, pruner="median")))
    assert "This study gives no trial up." in text(understand(replace(summary, pruner="none")))
