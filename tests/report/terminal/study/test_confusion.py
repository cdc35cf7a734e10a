import io

import numpy as np
import pytest
from rich.console import Console

from kagglebot.analysis.confusion import Confusion
from kagglebot.report.terminal.study.confusion import describe_confusion


def text(confusion: Confusion, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(describe_confusion(confusion, width=width))
    return console.file.getvalue()


def confusion(classes: int, *wrong: tuple[int, int, int], names: str = "class") -> Confusion:
    """Fifty right answers a class, and so many wrong ones: (true, predicted, count)."""
    matrix = np.diag(np.full(classes, 50))
    for truth, predicted, count in wrong:
        matrix[truth, predicted] = count
    return Confusion(3, tuple(f"{names}{index}" for index in range(classes)), matrix, ())


def test_the_matrix_and_the_most_frequent_confusions() -> None:
    drawn = text(confusion(4, (2, 0, 5), (1, 3, 2), names=""))
    assert "7 of 207 validation rows were predicted wrongly by trial 3" in drawn
    (row,) = [line for line in drawn.splitlines() if line.split()[:1] == ["2"] and "predicted" not in line]
    assert row.split() == ["2", "5", "·", "50", "·", "9.1%"]
    pairs = [line for line in drawn.splitlines() if "predicted as" in line]
    assert [pair.split()[:5] for pair in pairs] == [
        ["2", "predicted", "as", "0", "5"],
        ["1", "predicted", "as", "3", "2"],
    ]
    assert "9.1% of all 2" in pairs[0]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_of_many_classes_those_with_the_most_mistakes_are_shown(width: int) -> None:
    drawn = text(confusion(120, (70, 9, 5), (118, 119, 30)), width)
    assert max(map(len, drawn.splitlines())) <= width
    told = " ".join(drawn.split())
    assert "classes with the most mistakes" in told and "more are left out" in told
    for shown in ("class70", "class118", "class119", "class9"):
        assert shown in drawn, shown
    assert "class118 predicted as class119" in told


def test_the_one_class_that_is_left_out_is_one() -> None:
    pairs = [(row, row + 1, 2) for row in range(6)]
    drawn = " ".join(text(confusion(7, *pairs), 60).split())
    assert "the 6 classes with the most mistakes, 1 more is left out." in drawn


def test_without_mistakes_there_is_no_matrix() -> None:
    assert text(confusion(3)) == "0 of 150 validation rows were predicted wrongly by trial 3.\n"
