import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kagglebot.datasets.labels.label_cells import find_separators, read_label_cells

_RANKS = ["ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack", "queen", "king"]
_SUITS = ["clubs", "diamonds", "hearts", "spades"]
_SATELLITE = [
    *("agriculture clear primary water", "clear primary", "haze primary water", "haze water"),
    *("agriculture haze", "clear water", "agriculture clear", "agriculture primary"),
]


def _sets(*cells: str, known: tuple[str, ...] = ()) -> list[set[str]] | None:
    found = read_label_cells(np.array(cells), known)
    return None if found is None or not found.likely else [set(each) for each in found.sets]


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


@pytest.mark.parametrize("mark", ["&", "+", "/"])
def test_a_mark_within_a_word_divides_labels_that_all_stand_alone(mark: str) -> None:
    cells = ["leaf rust", "scab", f"leaf rust{mark}scab"]
    assert _sets(*cells) == [{"leaf rust"}, {"scab"}, {"leaf rust", "scab"}]
    assert _sets(*cells, f"rot{mark}scab") is None


@pytest.mark.parametrize("mark", ["-", "_"])
def test_a_mark_of_names_divides_labels_only_where_that_is_asked_for(mark: str) -> None:
    cells = ["rust", "scab", f"rust{mark}scab"]
    assert _sets(*cells) is None
    found = read_label_cells(np.array(cells))
    assert found is not None and found.example == f"rust{mark}scab"
    assert read_label_cells(np.array([f"frog{mark}eye", "rust"])) is None
    found = read_label_cells(np.array([f"frog{mark}eye", "rust"]), asked=True)
    assert found is not None and found.likely and [*found.sets] == [{"frog", "eye"}, {"rust"}]
    assert read_label_cells(np.array(["rust", "1.5", "-3"]), asked=True) is None


@pytest.mark.parametrize(
    "labels",
    [
        ["n", "a", "n/a"],
        ["train/a", "train/b", "test/a"],
        ["1/2/2020", "3/2/2020", "1", "2"],
        ["640x480", "800/600", "800"],
        ["AC/DC", "R&B", "C++", "C"],
        ["golden retriever", "sea lion", "lion", "retriever"],
        ["black bear", "black", "polar bear", "brown bear"],
        ["-1", "1", "+1"],
    ],
)
def test_names_sizes_dates_and_paths_are_one_label(labels: list[str]) -> None:
    assert _sets(*labels) is None


def test_the_columns_of_the_sample_tell_what_a_label_is() -> None:
    cells = ["rust scab", "rust rot"]
    assert _sets(*cells) is None
    assert _sets(*cells, known=("rust", "rot", "scab")) == [{"rust", "scab"}, {"rust", "rot"}]
    cells = ["orange", "tree", "orange tree"]
    found = read_label_cells(np.array(cells), known=cells)
    assert found is not None and not found.likely


def test_few_cells_of_words_that_are_labels_too_are_unclear() -> None:
    def unclear(*cells: str) -> bool | None:
        found = read_label_cells(np.array(cells))
        return None if found is None else found.unclear

    assert unclear("rust", "scab", "rust scab") and unclear("rust", "scab", "rust/scab")
    assert unclear("healthy", "rust", "scab", "rot", "rust scab", "scab rot", "rust scab rot") is True
    assert unclear("rust", "scab", "rust scab", "scab rust") is False
    assert unclear("1", "2", "1/2", "3") is True
    assert unclear("rust", "scab", "rust|scab") is unclear("0", "1", "0 1") is unclear("['a', 'b']") is False


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
        (["[1 2]", "[2]", "[]"], [{"1", "2"}, {"2"}, set()], " "),
        (["{'a', 'b'}", "{'b'}", "set()"], [{"a", "b"}, {"b"}, set()], ", "),
        (["['a' 'b c']", "['a']"], [{"a", "b c"}, {"a"}], " "),
        (["('a', 'b')", "('b',)"], [{"a", "b"}, {"b"}], ", "),
        (["[red oak, elm]", "[elm]"], [{"red oak", "elm"}, {"elm"}], ", "),
        (["rust/scab", "scab", "rust", "n/a"], [{"rust", "scab"}, {"scab"}, {"rust"}, {"n/a"}], "/"),
        (["7,8", "1,000", "7", "8"], [{"7", "8"}, {"1,000"}, {"7"}, {"8"}], ","),
        (["a b", "b", "a", ""], [{"a", "b"}, {"b"}, {"a"}, set()], " "),
    ],
)
def test_lists_are_read_by_what_stands_between_them(
    cells: list[str], sets: list[set[str]], separator: str
) -> None:
    assert _sets(*cells) == sets
    found = read_label_cells(np.array(cells))
    assert found is not None
    assert found.style.separator.strip("'\"") == separator


@settings(deadline=None)
@given(
    st.lists(st.frozensets(st.sampled_from(["ash", "red oak", "elm-2", "7", "Ä"]), min_size=1), min_size=2),
    st.sampled_from(["|", ", ", ",", ";", " ; ", "/", " / ", "+", " & "]),
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
    assert find_separators(["a b", "c; d"]) == ["; ", " "]
    assert find_separators(["1,000", "a b"]) == [" "]
    assert find_separators(["a"]) == []
