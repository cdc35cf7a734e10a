import numpy as np
import pytest

from kagglebot.datasets.labels.label_sets import encode_label_sets, set_numbers
from kagglebot.errors import DataError


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
