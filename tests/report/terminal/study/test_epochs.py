import io
from dataclasses import replace

import pytest
from rich.console import Console

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.metrics.registry import get_metric
from kagglebot.report.terminal.study.epochs import draw_epochs, scores_by_epochs, stops_paying


def study(scores: dict[int, float], **more: object) -> StudySummary:
    trials = tuple(
        TrialResult(
            number,
            "complete",
            value=score,
            params={"epochs": epochs, **more},
            curve=(0.1,) * (epochs - 1) + (score,),
        )
        for number, (epochs, score) in enumerate(scores.items())
    )
    return StudySummary("seed-epochs", "digits", "accuracy", "cnn", "20 % held out", 8400, trials)


def text(summary: StudySummary, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(draw_epochs(summary, width=width))
    return console.file.getvalue()


def test_the_fewest_epochs_within_one_standard_error_of_the_best() -> None:
    epochs, error = stops_paying({5: 0.980, 10: 0.9892, 20: 0.9898, 30: 0.9895}, get_metric("accuracy"), 8400)
    assert epochs == 10
    assert error == pytest.approx(0.0011, abs=1e-4)


def test_the_plot_and_its_verdict() -> None:
    drawn = text(study({20: 0.9898, 5: 0.980, 10: 0.9892}))
    assert "More than 10 epochs do not pay" in drawn
    assert "0.9898 after 20" in " ".join(drawn.split())
    assert "●" in drawn
    assert max(map(len, drawn.splitlines())) <= 80


def test_a_score_that_still_rises() -> None:
    assert "More epochs may be better still" in text(study({5: 0.90, 10: 0.95, 20: 0.99}))


def test_nothing_is_shown_where_other_parameters_are_searched() -> None:
    assert scores_by_epochs(study({5: 0.9, 10: 0.95, 20: 0.99}, filters=8)) == {}
    assert draw_epochs(study({5: 0.9, 10: 0.95}), width=80) is None


def test_other_metrics_get_their_best_and_no_standard_error() -> None:
    drawn = " ".join(text(replace(study({5: 0.08, 10: 0.031234, 20: 0.05}), metric="log_loss")).split())
    assert "The best is 0.03123 after 10 epochs, by log loss (lower is better)" in drawn
    assert "standard error" not in drawn
    assert "The best is 0.9900 after 20 epochs" in text(replace(study({5: 0.9, 10: 0.95, 20: 0.99}), metric="auc"))
