import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from kagglebot.kaggle.records import Standing
from kagglebot.metrics.registry import get_metric
from kagglebot.report.terminal.submissions import describe_leaderboard, describe_submission
from kagglebot.submission.records import Leaderboard, Submitted


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


SUBMITTED = Submitted(
    "pets", "cnn", Path("out.csv"), 12_500, 0.0712, 0.06912, "complete", 7, "log_loss", {"trial": 3}, "trial 3"
)


def drawn(submitted: Submitted) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(describe_submission(submitted))
    return capture.get()


def test_both_scores_follow_the_metric() -> None:
    text = drawn(SUBMITTED)
    assert "log loss (lower is better)" in text
    assert "0.0712" in text and "0.0691" in text
    assert "trial 3 of cnn" in text and "12,500 rows" in text
    assert "lower" not in drawn(replace(SUBMITTED, metric="auc"))


def test_an_ensembles_score_is_shown_beside_that_of_its_best_model() -> None:
    model = {"ensemble": 2, "members": [{"trial": 3, "seed": 1}, {"trial": 5, "seed": 1}]}
    text = drawn(replace(SUBMITTED, model=model, label="ensemble 2", single_score=0.0812))
    assert "ensemble 2 of cnn" in text and "members" not in text
    assert "0.07120 (best single model 0.08120; no row is scored by" in " ".join(text.split())


def test_what_was_not_trained_further_is_called_so() -> None:
    assert "checkpoint of trial 3 of cnn" in drawn(replace(SUBMITTED, label="checkpoint of trial 3"))
    file = replace(SUBMITTED, study=None, label="", model={"file": "mine.csv"})
    assert "file mine.csv" in drawn(file)


def test_the_optimism_is_that_of_the_best_trial_also_where_others_are_averaged_with_it() -> None:
    alone = replace(SUBMITTED, optimism=0.0021)
    assert "Chosen as the best on the same rows, its score is about 0.0021 too good." in said(alone)
    pair = replace(alone, single_score=0.08, label="ensemble 2")
    assert "The best trial was chosen on the same rows: its score is about 0.0021 too good." in said(pair)
    assert "too good" not in said(SUBMITTED)


def said(submitted: Submitted) -> str:
    return " ".join(drawn(submitted).split())


def test_the_score_on_sealed_rows_is_shown_with_its_error() -> None:
    text = drawn(replace(SUBMITTED, sealed_score=0.0812, sealed_error=0.00634, sealed_rows=60))
    assert "Sealed score 0.08120 ± 0.0063 on 60 rows" in " ".join(text.split())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Submitted to pets."),
        ({"status": "dry-run"}, "nothing was uploaded"),
        ({"new": False}, "was not submitted again"),
        ({"status": "pending", "public_score": None}, "has not scored it yet"),
    ],
)
def test_the_headline_says_what_happened(changes: dict[str, object], words: str) -> None:
    assert words in drawn(replace(SUBMITTED, **changes))
