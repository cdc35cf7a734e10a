import pytest

from kagglebot.datasets.out_of_scope import refuse_amounts, refuse_fractions, refuse_objects
from kagglebot.errors import DataError


@pytest.mark.parametrize(
    "labels",
    [
        ["0.5", "1.25", "3.0"],
        ["-0.1", "-0.2"],
        ["1.5e0", "25e-1"],
    ],
)
def test_measures_are_refused(labels: list[str]) -> None:
    with pytest.raises(DataError, match=r"train\.csv, line 2: .* out of scope") as caught:
        refuse_fractions(labels, "train.csv, line 2")
    assert "--target" in caught.value.hint


@pytest.mark.parametrize(
    "labels",
    [
        ["0", "1", "2"],
        ["0.0", "1.0"],
        ["1.0e0", "2.000e+00"],
        ["1", "2", "2.5"],  # one wrong row: that is told with its place
        ["1,000", "2,000", "13,000"],
        ["1.5", "2.5", "v3"],
        [""],
    ],
)
def test_classes_are_let_pass(labels: list[str]) -> None:
    refuse_fractions(labels, "train.csv")


def test_amounts_are_told_from_a_thousand_classes() -> None:
    refuse_amounts([str(number) for number in range(1000)], 1000, "train.csv")
    refuse_amounts([str(number * 7) for number in range(500)], 5000, "train.csv")
    refuse_amounts([f"w_{number * 7}" for number in range(500)], 500, "train.csv")
    refuse_amounts([f"{number}.0" for number in range(1000)], 1000, "train.csv")
    with pytest.raises(DataError, match="500 images have 400 different numbers: a regression"):
        refuse_amounts([f"{number * 7}.0" for number in range(400)], 500, "train.csv")
    with pytest.raises(DataError, match="500 images have 400 different numbers: a regression"):
        refuse_amounts([str(number * 7) for number in range(400)], 500, "train.csv")


@pytest.mark.parametrize("column", ["EncodedPixels", "mask_rle", "BBox", "xmin", "y_max", "PredictionString"])
def test_boxes_and_masks_are_refused(column: str) -> None:
    with pytest.raises(DataError, match=f"x.csv has a column '{column}'.*out of scope"):
        refuse_objects(["id", column], "x.csv")


def test_other_columns_are_let_pass() -> None:
    refuse_objects(["id", "label", "x", "turtle", "has_box", "mask"], "x.csv")
