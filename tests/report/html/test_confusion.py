"""The confusion matrix on the page."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from kagglebot.analysis.confusion import Confusion, Mistake
from kagglebot.analysis.set_mistakes import SetMistake, SetMistakes
from kagglebot.report.html.confusion import show_confusion, show_mistakes


def many_classes() -> Confusion:
    matrix = np.diag(np.full(40, 50))
    matrix[39, 38], matrix[3, 7], matrix[0, 0] = 4, 1, 0
    worst = (Mistake(12, 39, 38, 0.98, 0.0004), Mistake(5, 3, 7, 0.6, 0.4))
    return Confusion(2, tuple(f"breed {number}" for number in range(40)), matrix, worst)


def decode(source: str) -> Image.Image:
    kind, _, text = source.partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    assert kind == f"data:image/{(image.format or '').lower()};base64"
    return image


def test_of_many_classes_those_with_the_most_mistakes_are_shown() -> None:
    wrong = show_confusion(many_classes(), ())
    assert "predicted 5 of 1,955 validation images wrongly" in wrong.lead
    assert wrong.pairs[0] == "breed 39 predicted as breed 38: 4 times, 7.4% of all breed 39"
    matrix = wrong.matrix
    assert len(matrix.classes) == len(matrix.rows) == 25
    assert {"breed 3", "breed 7", "breed 38", "breed 39"} <= set(matrix.classes)
    assert "25 of 40 classes" in matrix.caption
    row = next(row for row in matrix.rows if row.name == "breed 39")
    cell = row.cells[matrix.classes.index("breed 38")]
    assert (cell.count, cell.share, cell.kind) == ("4", "1.000", "wrong")
    assert row.right == "92.6%"
    assert next(row for row in matrix.rows if row.name == "breed 0").right == "-"


def test_small_images_are_enlarged_by_whole_pixels_and_large_ones_reduced() -> None:
    small = np.arange(28 * 28, dtype=np.uint16).reshape(28, 28, 1).astype(np.uint8)
    large = np.full((300, 200, 3), (200, 30, 60), np.uint8)
    first, second = show_confusion(many_classes(), [small, large]).pictures
    assert (np.asarray(decode(first.source)) == small[..., 0]).all()
    assert (first.width, first.height, first.enlarged) == (140, 140, True)
    shown = decode(second.source)
    assert shown.size == (second.width, second.height) == (107, 160)
    assert (shown.mode, shown.format, second.enlarged) == ("RGB", "JPEG", False)
    assert first.alt == "Training image in row 12: a breed 39 predicted as breed 38"
    assert [each.text for each in first.probabilities] == ["98.0 %", "< 0.1 %"]


def test_a_page_of_photographs_stays_small() -> None:
    from sklearn.datasets import load_sample_image

    photograph = Image.fromarray(load_sample_image("china.jpg")).resize((224, 224))
    (picture,) = show_confusion(many_classes(), [np.asarray(photograph)]).pictures
    assert len(picture.source) < 16_000
    reduced = np.asarray(photograph.resize((160, 160), Image.Resampling.LANCZOS), dtype=float)
    assert abs(np.asarray(decode(picture.source), dtype=float) - reduced).mean() < 6


@pytest.mark.parametrize("side", [28, 32, 48, 64, 96, 128, 224, 320])
def test_every_image_is_shown_at_a_size_that_a_person_can_judge(side: int) -> None:
    (picture,) = show_confusion(many_classes(), [np.zeros((side, side, 3), np.uint8)]).pictures
    assert 96 <= picture.width == picture.height <= 160


def test_of_several_classes_an_image_precision_and_recall_are_shown() -> None:
    counts = (np.array([50, 50, 0]), np.array([40, 0, 3]), np.array([30, 0, 0]))
    worst = (SetMistake(7, (0, 1), (0,), {0: 0.9, 1: 0.2}),)
    found = show_mistakes(
        SetMistakes(3, ("a", "b", "c"), *counts, 100, 60, worst), [np.zeros((8, 8, 1), np.uint8)]
    )
    assert "60 of 100 validation images other classes" in found.lead and "40.00% got exactly theirs" in found.lead
    assert (found.matrix.classes, found.matrix.last) == (("images", "given", "rightly", "precision"), "recall")
    cells = [(row.name, *(cell.count for cell in row.cells), row.right) for row in found.matrix.rows]
    assert cells == [
        ("a", "50", "40", "30", "75.0%", "60.0%"),
        ("b", "50", "0", "0", "-", "0.0%"),
        ("c", "0", "3", "0", "0.0%", "-"),
    ]
    (picture,) = found.pictures
    assert picture.title == "a and b, predicted as a"
    assert [(each.name, each.kind) for each in picture.probabilities] == [("a", "true"), ("b", "true")]
