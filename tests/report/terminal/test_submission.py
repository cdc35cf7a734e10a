from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from kagglebot.report.terminal.submission import describe_submission
from kagglebot.submission.records import Submitted

SUBMITTED = Submitted(
    "pets", "cnn", Path("out.csv"), 12_500, 0.0712, 0.06912, "complete", 7, "log_loss", {"trial": 3}
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
    text = drawn(replace(SUBMITTED, model=model, single_score=0.0812))
    assert "ensemble 2 of cnn" in text and "members" not in text
    assert "0.07120 (best single model 0.08120; selected on these rows" in " ".join(text.split())


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
