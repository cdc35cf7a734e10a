import io

from rich.console import Console

from kagglebot.kaggle.models import Standing
from kagglebot.metrics.registry import get_metric
from kagglebot.report.terminal.submissions import describe_leaderboard
from kagglebot.submission.records import Leaderboard


def text(scores: list[float], own: float, metric: str) -> str:
    standings = [Standing(rank, f"team {rank}", score, None) for rank, score in enumerate(scores, start=1)]
    console = Console(file=io.StringIO(), width=80)
    console.print(describe_leaderboard(Leaderboard("digits", standings, [own], get_metric(metric))))
    return " ".join(console.file.getvalue().split())


def test_the_next_rank_is_in_the_better_direction() -> None:
    drawn = text([0.012345, 0.05, 0.3], 0.06, "log_loss")
    assert "1 team 1 0.01235" in drawn
    assert "Rank 3 of 3 teams" in drawn
    assert "To the next rank -0.01000, to 0.05000" in drawn
    assert "To the next rank +0.03000, to 0.95000" in text([0.99, 0.95, 0.9], 0.92, "accuracy")


def test_a_small_step_has_enough_decimals() -> None:
    assert "To the next rank -0.0000020, to 0.0001230" in text([0.000123, 0.5], 0.000125, "log_loss")
