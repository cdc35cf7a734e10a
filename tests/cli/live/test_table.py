import io
from dataclasses import replace

import pytest
from rich.console import Console

from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import TrialResult
from kagglebot.callbacks.events import EpochEnded, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.cli.live.table import SearchLimits, TrialTable
from kagglebot.metrics.ranking import Measured
from kagglebot.metrics.registry import get_metric


def text(table: TrialTable) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(table.draw(height=20, width=120))
    return console.file.getvalue()


def run(table: TrialTable, number: int, scores: list[float]) -> None:
    table.on_trial_start(TrialStarted(number, 0, {"filters": 8}, len(scores)))
    for epoch, score in enumerate(scores, start=1):
        table.on_epoch_end(EpochEnded(number, 0, epoch, len(scores), score, 1.0, 1))


@pytest.mark.parametrize(("metric", "best", "epoch"), [("log_loss", 1, "0.3000"), ("accuracy", 0, "0.6000")])
def test_the_best_is_the_one_the_metric_prefers(metric: str, best: int, epoch: str) -> None:
    table = TrialTable(SearchLimits(3))
    table.on_search_start(SearchStarted(get_metric(metric)))
    for number, value in enumerate((0.9, 0.4)):
        run(table, number, [value])
        table.on_trial_end(TrialEnded(number, 0, "complete", value, "", 1.0))
    run(table, 2, [0.6, 0.3, 0.5])
    assert table.best is not None and table.best.number == best
    drawn = text(table)
    assert get_metric(metric).text in drawn.lower()
    (running,) = [line for line in drawn.splitlines() if "worker 0" in line]
    assert running.split()[-5:] == ["0.5000", "0:00", "left", epoch, "filters=8"]
    assert ("▁" in drawn) == (metric == "log_loss")  # the best rose, or the first has stayed the best
    assert f"best {get_metric(metric).text} {0.4 if best else 0.9:.4f} (trial {best})" in table.footer()


def test_within_a_standard_error_the_best_has_the_lowest_log_loss() -> None:
    table = TrialTable(SearchLimits(3))
    table.on_search_start(SearchStarted(get_metric("accuracy")))
    for number, (value, loss) in enumerate(((0.96, 0.3), (0.95, 0.2))):
        ended = TrialEnded(number, 0, "complete", value, "", 1.0, measured=Measured(value, 0.02, loss))
        table.on_trial_end(ended)
    assert table.best is not None and table.best.number == 1


def test_features_are_shown_before_the_first_epoch() -> None:
    table = TrialTable(SearchLimits(3))
    table.on_trial_start(TrialStarted(0, 0, {"head": "linear"}, 4))
    table.on_step(Stepped(0, 0, 0, 0.5, 4))
    (running,) = [line for line in text(table).splitlines() if "worker 0" in line]
    assert "████░░░░" in running and "features" in running
    table.on_step(Stepped(0, 0, 1, 0.5, 4))
    (running,) = [line for line in text(table).splitlines() if "worker 0" in line]
    assert "1/4" in running and "features" not in running


def test_a_score_within_a_long_epoch_is_shown_and_is_no_best() -> None:
    table = TrialTable(SearchLimits(3))
    table.on_trial_start(TrialStarted(0, 0, {"filters": 8}, 4))
    table.on_step(Stepped(0, 0, 1, 0.25, 4, 0.8125))
    table.on_step(Stepped(0, 0, 1, 0.5, 4))
    (running,) = [line for line in text(table).splitlines() if "worker 0" in line]
    assert running.split()[-5:] == ["0.8125", "0:00", "left", "-", "filters=8"]


def test_an_earlier_best_is_the_one_to_beat() -> None:
    earlier = StudySummary(
        "cnn",
        "digits",
        "log_loss",
        "cnn",
        "",
        10,
        (TrialResult(0, "complete", 0.2), TrialResult(1, "complete", 0.1)),
    )
    assert TrialTable(SearchLimits(), earlier).best.number == 1
    assert TrialTable(SearchLimits(), replace(earlier, metric="accuracy")).best.number == 0


def test_what_is_left_is_told_by_the_search_itself() -> None:
    table = TrialTable(SearchLimits())
    table.on_search_start(SearchStarted(get_metric("accuracy"), trials=4, timeout_seconds=3600))
    run(table, 0, [0.9])
    table.on_trial_end(TrialEnded(0, 0, "complete", 0.9, "", 1.0))
    table.on_trial_start(TrialStarted(1, 1, {"filters": 8}, 4))
    table.on_step(Stepped(1, 1, 1, 0.5, 4))
    drawn = text(table)
    assert "1 of 4 trials" in drawn and "59:59 left" in drawn
    (running,) = [line for line in drawn.splitlines() if "worker 1" in line]
    assert "█░░░░░░░ 1/4" in running and "0:00 left" in running


@pytest.mark.parametrize(
    ("limits", "counted"), [(SearchLimits(), "1 trial ·"), (SearchLimits(1), "1 of 1 trial ·")]
)
def test_one_trial_is_no_trials(limits: SearchLimits, counted: str) -> None:
    table = TrialTable(limits)
    table.on_trial_end(TrialEnded(0, 0, "complete", 0.9, "", 1.0))
    assert table.footer().startswith(counted)


@pytest.mark.parametrize("state", ["complete", "pruned"])
def test_a_trial_with_the_settings_of_another_is_not_one_of_those_asked_for(state: str) -> None:
    table = TrialTable(SearchLimits(2))
    for number in range(3):
        table.on_trial_end(TrialEnded(number, 0, state, 0.9, "same settings as trial 0", 0.0, counts=number == 0))
    assert table.footer().startswith("1 of 2 trials")


@pytest.mark.parametrize(("width", "height"), [(40, 8), (60, 12), (80, 24), (200, 50)])
def test_every_terminal_is_large_enough(width: int, height: int) -> None:
    table = TrialTable(SearchLimits(50))
    for number in range(30):
        run(table, number, [0.5, 0.9])
        if number < 24:
            table.on_trial_end(TrialEnded(number, 0, "complete", 0.5 + number / 100, "", 1.0))
    console = Console(file=io.StringIO(), width=width)
    console.print(table.draw(height=height, width=width))
    lines = console.file.getvalue().splitlines()
    assert len(lines) <= height and max(map(len, lines)) <= width
    assert "24 of 50" in lines[-1] if height < 14 else "24 of 50" in lines[-2]
