from pathlib import Path

import pytest

from kagglebot.analysis.build_analysis import build_analysis
from kagglebot.analysis.comparison import compare
from kagglebot.analysis.study_analysis import StudyAnalysis
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.workspace import Workspace


def analysis(
    study: str, value: float | None, family: str = "cnn", metric: str = "accuracy", **settings: object
) -> StudyAnalysis:
    trials = (
        ()
        if value is None
        else (TrialResult(0, "complete", value, settings=settings, params=settings, family=family),)
    )
    return build_analysis(StudySummary(study, "digits", metric, family, "", 600, trials))


def test_paired_where_both_have_out_of_fold_predictions(studied: Path) -> None:
    comparison = Workspace(studied).compare(["net", "wide"])
    assert comparison.best == "wide"
    (difference,) = comparison.differences
    net, wide = (each.significance.error for each in comparison.analyses if each.significance)
    assert difference.paired and difference.study == "net"
    assert difference.error is not None and 0 < difference.error < (net**2 + wide**2) ** 0.5
    assert comparison.settings["batch_size"] == (64, 256)
    assert "kernel" not in comparison.settings  # the same for both


def test_unpaired_where_they_have_none(tmp_path: Path, digits_data: Path) -> None:
    both = [analysis("a", 0.90), analysis("b", 0.97)]
    comparison = compare(both, [tmp_path, tmp_path], digits_data)
    (difference,) = comparison.differences
    assert (comparison.best, difference.study, difference.paired) == ("b", "a", False)
    assert difference.error == pytest.approx((0.9 * 0.1 / 600 + 0.97 * 0.03 / 600) ** 0.5)
    assert difference.significant is True
    close = compare([analysis("a", 0.965), both[1]], [tmp_path, tmp_path], digits_data)
    assert close.differences[0].significant is False


def test_lower_losses_win_and_metrics_are_not_mixed(tmp_path: Path, digits_data: Path) -> None:
    losses = [analysis("a", 0.1, metric="log_loss"), analysis("b", 0.2, metric="log_loss"), analysis("c", None)]
    comparison = compare(losses, [tmp_path] * 3, digits_data)
    assert comparison.best == "a"
    (difference,) = comparison.differences
    assert difference.gain == pytest.approx(0.1) and difference.error is None and difference.significant is None
    mixed = compare([losses[0], analysis("b", 0.9)], [tmp_path] * 2, digits_data)
    assert mixed.best is None and mixed.differences == ()


def test_settings_of_a_family_are_compared_within_it(tmp_path: Path, digits_data: Path) -> None:
    studies = [
        analysis("a", 0.9, blocks=2, epochs=10, head="dense"),
        analysis("b", 0.8, blocks=2, epochs=10, kernel_3=2, head="dense"),
        analysis("c", 0.7, family="dense", layers=2, epochs=20),
    ]
    settings = compare(studies, [tmp_path] * 3, digits_data).settings
    assert settings == {"epochs": (10, 10, 20), "kernel_3": (None, 2, None)}


def test_a_study_without_trials_is_not_compared(tmp_path: Path, digits_data: Path) -> None:
    comparison = compare([analysis("a", None), analysis("b", 0.9)], [tmp_path] * 2, digits_data)
    assert comparison.best == "b" and comparison.differences == ()
