import pytest

from kagglebot.kaggle.records import Standing
from kagglebot.metrics.registry import get_metric
from kagglebot.submission.records import Leaderboard


def board(scores: list[float | None], own: list[float], metric: str) -> Leaderboard:
    standings = [Standing(rank, f"team {rank}", score, None) for rank, score in enumerate(scores, start=1)]
    return Leaderboard("digits", standings, own, get_metric(metric))


def test_where_higher_is_better() -> None:
    placed = board([0.99, 0.95, 0.9, None], [0.5, 0.92], "accuracy")
    assert (placed.best_score, placed.rank, placed.next_score, placed.percentile) == (0.92, 3, 0.95, 75.0)


def test_where_lower_is_better() -> None:
    placed = board([0.01, 0.05, 0.3, None], [0.5, 0.06], "log_loss")
    assert (placed.best_score, placed.rank, placed.next_score, placed.percentile) == (0.06, 3, 0.05, 75.0)


def test_kaggles_order_decides_over_what_was_assumed() -> None:
    assert board([0.01, 0.05], [0.5, 0.06], "accuracy").best_score == 0.06
    assert board([0.9, 0.8], [0.5, 0.85], "log_loss").rank == 2


@pytest.mark.parametrize(("metric", "rank"), [("accuracy", 1), ("log_loss", 2)])
def test_a_board_of_one_leaves_it_to_the_metric(metric: str, rank: int) -> None:
    assert board([0.5], [0.6], metric).rank == rank


def test_equal_scores_share_the_better_place_and_the_first_has_no_next() -> None:
    first = board([0.01, 0.05], [0.01], "log_loss")
    assert (first.rank, first.next_score) == (1, None)
    nobody = board([0.01, 0.05], [], "log_loss")
    assert (nobody.best_score, nobody.rank, nobody.next_score, nobody.percentile) == (None, None, None, None)
