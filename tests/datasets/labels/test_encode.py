import numpy as np
import pytest

from kagglebot.datasets.labels.encode import encode_labels
from kagglebot.errors import DataError

_SAVETXT = ("0.000000000000000000e+00", "1.000000000000000000e+00")  # as numpy.savetxt writes 0 and 1


def _encode(*labels: str) -> tuple[tuple[str | int, ...], list[int]]:
    classes, indices, _ = encode_labels(np.array(labels), lambda row: f"row {row}")
    assert indices.dtype == np.int64
    return classes, indices.tolist()


@pytest.mark.parametrize(
    ("labels", "classes", "indices"),
    [
        (["10", "2", "10", "-1"], (-1, 2, 10), [2, 1, 2, 0]),  # numbers in the order of numbers
        (["dog", "cat", "dog"], ("cat", "dog"), [1, 0, 1]),
        (["007", "12", "007"], ("007", "12"), [0, 1, 0]),  # would not read 007 again as a number
        ([" 3", "4 ", "3"], (3, 4), [0, 1, 0]),
        (["A", "B", "1", "C"], ("1", "A", "B", "C"), [1, 2, 0, 3]),  # a digit among letters is a name
        (["1.0", "0.0", "1.0"], ("0.0", "1.0"), [1, 0, 1]),  # whole, as some programs write whole numbers
        (["1e", "no. 5"], ("1e", "no. 5"), [0, 1]),
        (["10.0", "2.0", "1.0"], ("1.0", "2.0", "10.0"), [2, 1, 0]),  # kappa needs the order of numbers
        (["010", "02", "01"], ("01", "02", "010"), [2, 1, 0]),
        (["1", "1.0", "02", "2", "1e1"], (1, 2, 10), [0, 0, 1, 1, 2]),  # one number is one class
        (["1e5", "9f3", "abc"], ("1e5", "9f3", "abc"), [0, 1, 2]),
        (["v2", "2.5", "v3"], ("2.5", "v2", "v3"), [1, 0, 2]),  # a fraction among names is a name
        (["1e5", "2"], ("2", "1e5"), [1, 0]),
        (["1.000000000000000000e+00", "0.000000000000000000e+00"], _SAVETXT, [1, 0]),
        (["cat", "nan", "NA", "None", "nan"], ("NA", "None", "cat", "nan"), [2, 3, 0, 1, 3]),
        (["nan", "nan", "1", "A"], ("1", "A", "nan"), [2, 2, 0, 1]),
        (["1", "2", "3", "10", "?", "1", "?", "2"], ("1", "10", "2", "3", "?"), [0, 2, 3, 1, 4, 0, 4, 2]),
        (["1.5", "2.5", "v3", "v3", "1.5"], ("1.5", "2.5", "v3"), [0, 1, 2, 2, 0]),
        (["cafe\u0301", "x", "caf\u00e9"], ("caf\u00e9", "x"), [0, 1, 0]),
        (["cafe\u0301", "x"], ("cafe\u0301", "x"), [0, 1]),  # one spelling: it may be that of the scores
    ],
)
def test_classes_and_indices(labels: list[str], classes: tuple[str | int, ...], indices: list[int]) -> None:
    assert _encode(*labels) == (classes, indices)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["1", "2", "", "3", ""], "row 2: the label is empty"),
        (["cat", "", "dog"], "row 1: the label is empty"),
        (["1.0", "NaN", "nan", "nan", "2.0"], "row 1: the label is empty"),
        (["1", "None", "2"], "row 1: label 'None' is not a number, as the others are"),
        (["1", "2", "seven", "x", "3"], "row 2: label 'seven' is not a number"),
        (["1", "2", "2.5"], "row 2: label 2.5 is a fraction"),
        (["1e-5", "2"], "row 0: label 1e-5 is a fraction"),
        (["1.5", "2.5"], "row 0: the labels are fractions, such as 1.5: a regression"),
        (["4", "4"], "row 0: every row has the label 4"),
        (["4", "4.0", "04"], "row 0: every row has the label 4, written as 04 and 4 and 4.0"),
    ],
)
def test_refuses_what_is_no_class(labels: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        _encode(*labels)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("labels", "known", "in_table", "classes"),
    [
        (["1", "2", "3", "unknown"], ("unknown", "1"), True, ("1", "2", "3", "unknown")),
        (["1", "2", "3", "unknown"], (), False, ("1", "2", "3", "unknown")),  # a folder is no lone mistake
        (["1", "2", "nan"], ("nan",), True, ("1", "2", "nan")),
        (["1", "2", "3", "2.5"], (), False, ("1", "2", "2.5", "3")),
        (["0.5", "1.5"], (), False, ("0.5", "1.5")),
        (["10", "9", "1"], (), False, (1, 9, 10)),
        (["rust", "scab", "rust scab"], (), False, ("rust", "rust scab", "scab")),
        (["007", "7", "07"], ("7", "007", "07"), True, ("007", "07", "7")),
        (["007", "7", "8"], ("7", "8"), True, (7, 8)),
    ],
)
def test_folders_and_the_sample_tell_what_is_a_class(
    labels: list[str], known: tuple[str, ...], in_table: bool, classes: tuple[str | int, ...]
) -> None:
    assert encode_labels(np.array(labels), "row {}".format, known, in_table=in_table).classes == classes


def test_what_was_assumed_about_a_label_is_said_once() -> None:
    def notes(*labels: str) -> tuple[str, ...]:
        return encode_labels(np.array(labels), lambda row: f"train.csv, line {row + 2}").notes

    assert notes("1.0", "2.0", "1.0") == notes("cat", "dog") == ()
    assert notes("2", "2.0", "1.0", "1") == ("train.csv, line 3: 2.0 is taken for the class 2, the same number.",)
    assert notes("cat", "NaN", "nan") == (
        "train.csv, line 3: 'NaN' is taken for the name of a class, as other labels are names.",
    )
    assert notes("1", "2", "x", "1", "2", "3", "x") == (
        "train.csv, line 4: 'x' is taken for the name of a class, and so are the numbers.",
    )
    assert notes("caf\u00e9", "x", "cafe\u0301") == (
        "train.csv, line 4: cafe\u0301 is taken for the class caf\u00e9, the same name in another Unicode form.",
    )
