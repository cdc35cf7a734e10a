import io
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from kagglebot.analysis.build_analysis import build_analysis
from kagglebot.analysis.confusion import Confusion
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.report import formatting
from kagglebot.report.html.page import render
from kagglebot.report.terminal.studies import list_studies
from kagglebot.report.terminal.study.summary import describe_study


def draw(drawn: object, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_study_fits_the_terminal_and_reads_without_colour(summary: StudySummary, width: int) -> None:
    text = draw(describe_study(build_analysis(summary), width=width), width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    best = summary.best
    assert best is not None
    words = " ".join(text.split())
    for part in (
        f"{summary.complete} complete",
        f"{summary.pruned} pruned",
        "1 failed",
        "1 interrupted",
        f"Trial {best.number}: accuracy {best.value:.4f} ± 0.00088 on 6,300 validation rows",
        "stratified, seed 42",
        "learning_rate",
        "52%",
        "Learning curves",
    ):
        assert part in words, part


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_study_of_two_families_shows_how_each_did(summary: StudySummary, width: int) -> None:
    def of_family(trial: TrialResult) -> TrialResult:
        family = "cnn" if trial.number % 2 else "pretrained"
        params = {f"{family}.{name}": value for name, value in trial.params.items()}
        return replace(trial, family=family, params={"family": family, **params})

    mixed = replace(summary, family="pretrained, cnn", trials=tuple(map(of_family, summary.trials)))
    text = draw(describe_study(build_analysis(mixed), width=width), width)
    assert max(map(len, text.splitlines())) <= width
    assert "families pretrained, cnn" in " ".join(text.split())
    rows = [line.split() for line in text.splitlines()]
    assert ["family", "cnn"] in [row[:2] for row in rows]  # the first line of the scores by parameter
    assert width < 80 or any(row[:1] == ["pretrained"] for row in rows)
    assert "family=cnn " in text and "family=cnn cnn." not in text  # in the table of the best trials


@pytest.mark.parametrize("minimised", [False, True])
def test_a_trial_with_a_better_score_than_the_best_one_is_on_the_scale(
    lucky: StudySummary, minimised: bool
) -> None:
    study = replace(lucky, metric="log_loss", trials=tuple(map(_turned, lucky.trials))) if minimised else lucky
    best = study.best
    assert best is not None
    scores = [trial.value for trial in study.trials if trial.value is not None]
    assert best.value != (min(scores) if minimised else max(scores))
    assert "Learning curves" in draw(describe_study(build_analysis(study), width=120), 120)


def _turned(trial: TrialResult) -> TrialResult:
    return replace(trial, value=None if trial.value is None else 1 - trial.value)


def test_a_study_that_searches_nothing(summary: StudySummary) -> None:
    trials = tuple(replace(trial, params={}) for trial in summary.trials)
    nothing = replace(summary, trials=trials, space={}, importances={})
    assert "Learning curves" in draw(describe_study(build_analysis(nothing), width=80), 80)


def test_a_study_without_complete_trials(empty: StudySummary) -> None:
    assert "No trial is complete yet" in draw(describe_study(build_analysis(empty), width=80), 80)


def test_the_list_counts_failed_and_interrupted_apart(summary: StudySummary) -> None:
    text = draw(list_studies([summary]), 80)
    assert f"{summary.competition}, scored by accuracy" in text
    (row,) = [line for line in text.splitlines() if line.startswith("cnn")]
    assert row.split()[1:4] == [str(summary.complete), str(summary.pruned), "1"]


def test_without_studies() -> None:
    assert "No study has trials yet" in draw(list_studies([]), 80)


def test_the_lowest_loss_is_the_best(summary: StudySummary, losses: StudySummary) -> None:
    assert losses.best is not None and summary.best is not None
    assert losses.best.number == summary.best.number
    assert [trial.number for trial in losses.top(20)] == [trial.number for trial in summary.top(20)]
    text = draw(describe_study(build_analysis(losses), width=80), 80)
    said = f"log loss (lower is better) {formatting.score(losses.best.value)} on 6,300 validation rows"
    assert said in " ".join(text.split())
    assert "Log loss (lower is better) after each epoch:" in text
    text = draw(list_studies([summary, losses]), 80)
    assert f"{losses.competition}, scored by log loss" in text
    assert f"{formatting.score(losses.best.value)} {losses.best.number} " in " ".join(text.split())


def test_trials_without_a_score_are_left_out_of_plots(losses: StudySummary) -> None:
    broken = replace(losses.trials[0], curve=(math.nan, 0.5, 0.4), value=math.nan)
    lost = TrialResult(1, "failed", curve=(math.nan, math.nan))
    text = draw(describe_study(build_analysis(replace(losses, trials=(broken, lost))), width=80), 80)
    assert "No trial is complete yet" in text
    better = replace(broken, value=0.4)
    text = draw(describe_study(build_analysis(replace(losses, trials=(better, lost))), width=80), 80)
    assert "Learning curves" in text


def test_the_size_of_the_images_is_shown_where_the_study_sets_one(summary: StudySummary) -> None:
    text = draw(
        describe_study(build_analysis(replace(summary, images=ImageRule((32, 48), "pad", 3))), width=80), 80
    )
    assert "32 x 48 pixels, padded, colour" in text


@pytest.mark.parametrize(("tta", "told"), [(True, "used"), (False, "not used")])
def test_the_best_trials_scores_with_and_without_tta(summary: StudySummary, tta: bool, told: str) -> None:
    trials = tuple(replace(trial, tta=tta, plain_score=0.9932, tta_score=0.9949) for trial in summary.trials)
    text = " ".join(draw(describe_study(build_analysis(replace(summary, trials=trials)), width=120), 120).split())
    assert f"0.9932 without, 0.9949 with test-time augmentation: {told} for the test set" in text
    assert "augmentation" not in draw(describe_study(build_analysis(summary), width=80), 80)


@pytest.mark.parametrize(
    ("tta", "said"),
    [
        (
            True,
            "Predicted with test-time augmentation: accuracy 0.9944; the score of the trial, 1.0000, is without",
        ),
        (
            False,
            "Predicted once it was trained: accuracy 0.9889; the score of the trial, 1.0000, was measured while",
        ),
    ],
)
def test_wrong_rows_beside_a_score_without_any_are_explained(
    summary: StudySummary, *, tta: bool, said: str
) -> None:
    best = summary.best
    assert best is not None
    right = replace(best, value=1.0, tta=tta, plain_score=178 / 180, tta_score=179 / 180)
    confusion = Confusion(best.number, ("a", "b"), np.array([[100, 1], [0, 79]]), ())
    analysis = build_analysis(replace(summary, trials=(right,)), confusion=confusion)
    assert said in " ".join(draw(describe_study(analysis, width=120), 120).split())
    assert said in " ".join(render(analysis, ()).split())
    same = replace(right, value=179 / 180 if tta else 178 / 180)
    analysis = build_analysis(replace(summary, trials=(same,)), confusion=confusion)
    assert "Predicted " not in draw(describe_study(analysis, width=120), 120)
    assert "Predicted " not in render(analysis, ())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.9877"),
        (1.0, "1.0000"),
        (2.302585, "2.3026"),
        (0.051234, "0.05123"),
        (0.00031234, "0.0003123"),
        (0.0, "0.0000"),
        (-0.0123, "-0.01230"),
        (1e-15, "0.00000000"),
        (math.nan, "-"),
        (None, "-"),
    ],
)
def test_a_score_has_four_significant_digits(value: float | None, text: str) -> None:
    assert formatting.score(value) == text
