import io
from dataclasses import replace

import pytest
from rich.console import Console

from kagglebot.cli.board import Board, Budget
from kagglebot.datasets.metrics import METRICS
from kagglebot.search.events import EpochEnded, SearchStarted, TrialEnded, TrialStarted
from kagglebot.search.results import StudySummary, TrialResult


def text(board: Board) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(board.draw(height=20))
    return console.file.getvalue()


def run(board: Board, number: int, scores: list[float]) -> None:
    board.take(TrialStarted(number, 0, {"filters": 8}, len(scores)))
    for epoch, score in enumerate(scores, start=1):
        board.take(EpochEnded(number, 0, epoch, len(scores), score, 1.0, 1))


@pytest.mark.parametrize(("metric", "best", "epoch"), [("log_loss", 1, "0.3000"), ("accuracy", 0, "0.6000")])
def test_the_best_is_the_one_the_metric_prefers(metric: str, best: int, epoch: str) -> None:
    board = Board(Budget(3))
    board.take(SearchStarted(METRICS[metric]))
    for number, value in enumerate((0.9, 0.4)):
        run(board, number, [value])
        board.take(TrialEnded(number, 0, "complete", value, "", 1.0))
    run(board, 2, [0.6, 0.3, 0.5])
    assert board.best is not None and board.best.number == best
    drawn = text(board)
    assert METRICS[metric].text in drawn.lower()
    (running,) = [line for line in drawn.splitlines() if "running" in line]
    assert running.split()[-4:-2] == ["0.5000", epoch]
    assert f"best {METRICS[metric].text} {0.4 if best else 0.9:.4f} (trial {best})" in board.footer()


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
    assert Board(Budget(), earlier).best.number == 1
    assert Board(Budget(), replace(earlier, metric="accuracy")).best.number == 0
