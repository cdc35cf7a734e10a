import pytest

from kagglebot.datasets.out_of_scope import refuse_amounts, refuse_labels, refuse_objects
from kagglebot.errors import DataError

_RANKS = ["ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king"]
_SUITS = ["clubs", "diamonds", "hearts", "spades"]
_SATELLITE = [
    *("agriculture clear primary water", "clear primary", "haze primary water", "haze water"),
    *("agriculture haze", "clear water", "agriculture clear", "agriculture primary"),
]


@pytest.mark.parametrize(
    "labels",
    [
        ["0.5", "1.25", "3.0"],
        ["-0.1", "-0.2"],
        ["1.5e0", "25e-1"],
        ["rust", "scab", "rust scab"],
        ["0 5", "7", "1 2 3"],
        ["haze B", *(f"{sky} {ground} {water}" for sky in ("haze", "A") for ground in "BCDA" for water in "wxyz")],
        _SATELLITE,
        ["healthy", "scab", "frog_eye_leaf_spot", "scab frog_eye_leaf_spot"],
        ["haze primary", "clear primary", "clear", "primary haze"],
        ["Effusion|Mass", "Mass", "Effusion"],
    ],
)
def test_measures_and_several_labels_are_refused(labels: list[str]) -> None:
    with pytest.raises(DataError, match=r"train\.csv, line 2: .* out of scope") as caught:
        refuse_labels(labels, "train.csv, line 2")
    assert "--target" in caught.value.hint


@pytest.mark.parametrize(
    "labels",
    [
        ["0", "1", "2"],
        ["0.0", "1.0"],
        ["1.0e0", "2.000e+00"],
        ["1", "2", "2.5"],  # one wrong row: that is told with its place
        ["Fat Hen", "Sugar beet", "Common wheat", "Common Chickweed"],
        ["red apple", "green apple", "red pear", "green pear"],
        [
            *(f"{rank} of {suit}" for rank in _RANKS for suit in _SUITS),
            "joker",
        ],
        [
            f"{colour} {thing}"
            for colour in ("red", "blue", "green", "black")
            for thing in ("car", "bus", "van", "bike", "ship")
        ],
        [
            f"{dark}{colour} {thing}"
            for dark in ("", "dark ")
            for colour in ("red", "blue")
            for thing in ("car", "bus")
        ],
        ["1,000", "2,000", "13,000"],
        ["1.5", "2.5", "v3"],
        [""],
    ],
)
def test_classes_are_let_pass(labels: list[str]) -> None:
    refuse_labels(labels, "train.csv")


def test_several_words_that_the_sample_names_are_a_class() -> None:
    labels = ["orange", "tree", "orange tree"]
    refuse_labels(labels, "train.csv", ("orange tree",))
    for known in ((), ("orange",)):
        with pytest.raises(DataError, match="'orange tree' is several labels"):
            refuse_labels(labels, "train.csv", known)
    with pytest.raises(DataError, match="'0 5' is several labels"):
        refuse_labels(["0 5", "7"], "train.csv", ("0 5",))


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
