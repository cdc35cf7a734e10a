import io

import numpy as np
from rich.console import Console

from kagglebot.analysis.set_mistakes import SetMistake, SetMistakes
from kagglebot.report.terminal.study.images import draw_worst_images
from kagglebot.report.terminal.study.set_mistakes import describe_set_mistakes


def _mistakes(classes: int) -> SetMistakes:
    true, predicted, right = np.full(classes, 50), np.full(classes, 40), np.full(classes, 40)
    right[0], predicted[1], right[1] = 10, 0, 0
    worst = (SetMistake(7, (0, 1), (0,), {0: 0.9, 1: 0.2}),)
    return SetMistakes(3, tuple(f"class{one}" for one in range(classes)), true, predicted, right, 500, 60, worst)


def _text(drawn: object) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(drawn)
    return console.file.getvalue()


def test_precision_and_recall_of_each_class() -> None:
    drawn = _text(describe_set_mistakes(_mistakes(3)))
    assert "60 of 500 validation rows were given other classes than they have by trial 3." in drawn
    rows = [line.split() for line in drawn.splitlines() if line.strip().startswith("class")]
    assert rows == [
        ["class0", "50", "40", "10", "25.0%", "20.0%"],
        ["class1", "50", "0", "0", "-", "0.0%"],
        ["class2", "50", "40", "40", "100.0%", "80.0%"],
    ]


def test_of_many_classes_those_with_the_most_mistakes_are_shown() -> None:
    drawn = _text(describe_set_mistakes(_mistakes(90)))
    assert "The 20 classes with the most mistakes, 70 more are left out." in drawn
    assert "class0 " in drawn and "class1 " in drawn


def test_a_mistake_shows_both_sets() -> None:
    drawn = _text(draw_worst_images(_mistakes(3), [np.zeros((8, 8, 1), np.uint8)], colour=False))
    for line in ("row 7: class0 and class1", "predicted as class0", "class0 90.0%", "class1 20.0%"):
        assert line in drawn
