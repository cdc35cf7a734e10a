import io

import pytest
from rich.console import Console

from kagglebot.report.listing import list_studies
from kagglebot.report.summary import describe_study
from kagglebot.search.results import StudySummary


def draw(drawn: object, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_study_fits_the_terminal_and_reads_without_colour(summary: StudySummary, width: int) -> None:
    text = draw(describe_study(summary, width=width), width)
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
        f"{best.value:.4f} on 6,300 rows it did not train on",
        "stratified, seed 42",
        "learning_rate",
        "52%",
        "Learning curves",
    ):
        assert part in words, part


def test_an_empty_study_says_so(empty: StudySummary) -> None:
    assert "No trial is complete yet" in draw(describe_study(empty, width=80), 80)


def test_the_list_counts_failed_and_interrupted_apart(summary: StudySummary) -> None:
    text = draw(list_studies([summary]), 100)
    (row,) = [line for line in text.splitlines() if line.startswith("cnn")]
    assert row.split()[2:5] == [str(summary.complete), str(summary.pruned), "1"]


def test_no_studies_is_said() -> None:
    assert "No study has trials yet" in draw(list_studies([]), 80)
