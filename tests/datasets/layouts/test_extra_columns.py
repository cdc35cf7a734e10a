import pytest

from kagglebot.datasets.layouts.extra_columns import ignored_note


def alike(names: str, *values: str) -> dict[str, list[str]]:
    """Columns that hold the same values."""
    return {name: [*values] for name in names.split()}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"sex": ["m", "f"]}, "the column sex."),
        ({"sex": ["m"], "age": ["45.0"]}, "not 2 other columns (sex, age)."),
        ({name: ["1"] for name in "abcd"}, "not 4 other columns (a, b, c, …)."),
        ({"remark": ["a dog on a lawn", "two cats at the door"]}, "the column remark; remark holds texts."),
        ({"site": ["lower left arm side"] * 3}, "the column site."),  # a text, but always the same
        ({"bbox": ["x"]}, "the column bbox; bbox holds boxes or masks."),
        ({"place": ["[1, 2.5, 30, 4]", ""]}, "the column place; place holds boxes or masks."),
        ({"Keypoints": ["1 2"]}, "the column Keypoints; Keypoints holds points."),
        ({"place": ["1, 2"]}, "the column place."),
        ({"x": [], "y": ["", ""]}, "not 2 other columns (x, y)."),
        (
            alike("x y w h", "12.5", "", "3"),
            "not 4 other columns (x, y, w, …); x, y, w, h hold boxes.",
        ),
        (
            alike("Width Height Roi.X1 Roi.Y1 Roi.X2 Roi.Y2", "5"),
            "(Width, Height, Roi.X1, …); Roi.X1, Roi.Y1, Roi.X2, Roi.Y2 hold boxes.",
        ),
        (
            {**alike("x_min y_min x_max y_max", "0.5"), "rle": ["1 2"]},
            "(x_min, y_min, x_max, …); x_min, y_min, x_max, y_max hold boxes, rle holds boxes or masks.",
        ),
        (alike("bbox_left bbox_top bbox_width bbox_height", "1"), "bbox_height hold boxes."),
        (alike("x y w h", "a"), "not 4 other columns (x, y, w, …)."),
        (alike("x y width", "1"), "not 3 other columns (x, y, width)."),
    ],
)
def test_ignored_columns_are_named_with_what_they_hold(columns: dict[str, list[str]], said: str) -> None:
    (note,) = ignored_note("train.csv", columns)
    assert note.startswith("train.csv: only images are learned from, not ") and note.endswith(said)


def test_no_columns_have_no_note() -> None:
    assert ignored_note("train.csv", {}) == ()
