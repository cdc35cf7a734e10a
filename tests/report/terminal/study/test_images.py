import io

import numpy as np
import pytest
from rich.console import Console

from kagglebot.analysis.confusion import Confusion, Mistake
from kagglebot.report.terminal.study.images import draw_image, draw_worst_images


def halves(height: int, width: int, channels: int = 1) -> np.ndarray:
    """Light above, dark below."""
    image = np.zeros((height, width, channels), np.uint8)
    image[: height // 2] = 255
    return image


def test_two_pixels_share_a_cell() -> None:
    lines = draw_image(halves(28, 28), colour=False).plain.split("\n")
    assert lines == ["█" * 28] * 7 + [" " * 28] * 7


def test_without_colour_images_are_dithered() -> None:
    drawn = draw_image(np.full((28, 28, 1), 128, np.uint8), colour=False).plain
    light = sum(2 * (mark == "█") + (mark in "▀▄") for mark in drawn) / (28 * 28)
    assert light == pytest.approx(0.5, abs=0.05)


def test_with_colour_each_half_has_its_own() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[::2] = (200, 10, 30)
    span = draw_image(image, colour=True).spans[0]
    assert span.style.color.triplet == (200, 10, 30) and span.style.bgcolor.triplet == (0, 0, 0)


@pytest.mark.parametrize(("shape", "columns", "lines"), [((8, 8), 16, 8), ((100, 200), 28, 7), ((64, 32), 28, 28)])
def test_images_keep_their_shape_and_fit(shape: tuple[int, int], columns: int, lines: int) -> None:
    drawn = draw_image(halves(*shape, 3), colour=False).plain.split("\n")
    assert {len(line) for line in drawn} == {columns} and len(drawn) == lines


def test_mistakes_are_side_by_side_with_their_probabilities() -> None:
    worst = (Mistake(41, 0, 1, 0.973, 0.02), Mistake(7, 1, 0, 0.6, 0.4))
    confusion = Confusion(3, ("cat", "dog"), np.array([[9, 1], [1, 9]]), worst)
    console = Console(file=io.StringIO(), width=80)
    console.print(draw_worst_images(confusion, [halves(28, 28)] * 2, colour=False))
    lines = [line.split() for line in console.file.getvalue().splitlines()]
    assert ["row", "41:", "cat", "row", "7:", "dog"] in lines
    assert ["predicted", "as", "dog", "predicted", "as", "cat"] in lines
    assert ["dog", "97.3%", "cat", "60.0%"] in lines
    assert ["cat", "2.0%", "dog", "40.0%"] in lines
