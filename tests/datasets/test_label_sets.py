import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kagglebot.datasets.label_sets import encode_label_sets, find_separator, read_label_cells, set_numbers
from kagglebot.errors import DataError

_RANKS = ["ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king"]
_SUITS = ["clubs", "diamonds", "hearts", "spades"]
_SATELLITE = [
    *("agriculture clear primary water", "clear primary", "haze primary water", "haze water"),
    *("agriculture haze", "clear water", "agriculture clear", "agriculture primary"),
]


def _sets(*cells: str, known: tuple[str, ...] = ()) -> list[set[str]] | None:
    found = read_label_cells(np.array(cells), known)
    return None if found is None else [set(each) for each in found.sets]


@pytest.mark.parametrize(
    "labels",
    [
        ["rust", "scab", "rust scab"],
        ["0 5", "7", "1 2 3"],
        ["haze B", *(f"{sky} {ground} {water}" for sky in ("haze", "A") for ground in "BCDA" for water in "wxyz")],
        _SATELLITE,
        ["healthy", "scab", "frog_eye_leaf_spot", "scab frog_eye_leaf_spot"],
        ["haze primary", "clear primary", "clear", "primary haze"],
    ],
)
def test_words_in_cells_are_labels(labels: list[str]) -> None:
    assert _sets(*labels) == [set(label.split()) for label in labels]


@pytest.mark.parametrize("mark", ["&", "+", "/"])
def test_a_mark_between_spaces_is_no_label(mark: str) -> None:
    assert _sets("rust", "scab", f"rust {mark} scab") == [{"rust"}, {"scab"}, {"rust", "scab"}]
    assert _sets(f"salt {mark} vinegar", "plain", "paprika") is None


@pytest.mark.parametrize(
    "labels",
    [
        ["cat", "dog"],
        ["0", "1", "2"],
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
        ["[cat]", "['dog']"],
        [""],
    ],
)
def test_classes_of_several_words_are_one_label(labels: list[str]) -> None:
    assert _sets(*labels) is None


@pytest.mark.parametrize(
    ("cells", "sets", "separator"),
    [
        (["Effusion|Mass", "Mass", "Effusion"], [{"Effusion", "Mass"}, {"Mass"}, {"Effusion"}], "|"),
        (["a, b", "b", "a"], [{"a", "b"}, {"b"}, {"a"}], ", "),
        (["red oak, elm", "elm", "red oak"], [{"red oak", "elm"}, {"elm"}, {"red oak"}], ", "),
        (['["a", "b, c"]', "['a']", "[]"], [{"a", "b, c"}, {"a"}, set()], ", "),
        (["[1, 2]", "[2]", "[1]"], [{"1", "2"}, {"2"}, {"1"}], ", "),
        (["a b", "b", "a", ""], [{"a", "b"}, {"b"}, {"a"}, set()], " "),
    ],
)
def test_lists_are_read_by_what_stands_between_them(
    cells: list[str], sets: list[set[str]], separator: str
) -> None:
    assert _sets(*cells) == sets
    found = read_label_cells(np.array(cells))
    assert found is not None
    assert found.separator == separator


@given(
    st.lists(st.frozensets(st.sampled_from(["ash", "red oak", "elm-2", "7", "Ä"]), min_size=1), min_size=2),
    st.sampled_from(["|", ", ", ",", ";", " ; "]),
)
def test_lists_are_read_back(sets: list[frozenset[str]], separator: str) -> None:
    """Where each label is alone too, and one list has several."""
    labels = frozenset().union(*sets)
    assume(len(labels) > 1)
    cells = [separator.join(sorted(each)) for each in [*sets, labels, *({label} for label in labels)]]
    assert _sets(*cells) == [*map(set, sets), {*labels}, *({label} for label in labels)]


def test_several_words_that_the_sample_names_are_a_class() -> None:
    labels = ["orange", "tree", "orange tree"]
    assert _sets(*labels, known=("orange tree",)) is None
    assert _sets(*labels, known=("orange",)) is not None
    assert _sets("0 5", "7", known=("0 5",)) == [{"0", "5"}, {"7"}]


def test_the_separator_is_a_mark_before_it_is_a_space() -> None:
    assert find_separator(["a b", "c; d"]) == "; "
    assert find_separator(["1,000", "a b"]) == " "
    assert find_separator(["a"]) == ""


def test_a_matrix_of_0_and_1() -> None:
    sets = [frozenset({"10", "9"}), frozenset({"9"}), frozenset()]
    classes, matrix, notes = encode_label_sets(sets, "row {}".format)
    assert classes == (9, 10)
    assert matrix.tolist() == [[1, 1], [1, 0], [0, 0]]
    assert matrix.dtype == np.uint8
    assert notes == ("An image may have several classes: 1.0 on average, 2 at most.",)
    numbers, names = set_numbers(matrix, classes)
    assert [names[number] for number in numbers] == ["9, 10", "9", "no class"]


def test_a_label_that_is_no_class_is_named() -> None:
    sets = [frozenset({"1", "2"}), frozenset({"2.5"}), frozenset({"1"})]
    with pytest.raises(DataError, match=r"row 1: label 2\.5 is a fraction"):
        encode_label_sets(sets, "row {}".format)
