import doctest

import pytest

from kagglebot.datasets.spellings import class_names
from kagglebot.datasets.spellings.class_names import match_spellings, natural_order, other_names, spell_names_like


@pytest.mark.parametrize(
    ("names", "values", "expected"),
    [
        (["Cat", "Fat Hen"], ["cat"], ["cat", "fat hen"]),
        (["cat", "fat hen"], ["CAT"], ["CAT", "FAT HEN"]),
        (["cat", "fat hen"], ["Fat hen"], ["Cat", "Fat hen"]),
        (["Cat", "Fat Hen"], ["FatHen"], ["Cat", "FatHen"]),
        (["caf\u00e9", "th\u00e9"], ["cafe\u0301"], ["cafe\u0301", "the\u0301"]),
        (["Cat", "Dog", "Eel"], ["CAT", "eel"], ["Cat", "Dog", "Eel"]),  # not in one way
        (["a", "B", "b"], ["A"], ["a", "B", "b"]),  # two would be one
        (["cat", "dog"], [], ["cat", "dog"]),
    ],
)
def test_names_are_spelled_as_the_values_are(names: list[str], values: list[str], expected: list[str]) -> None:
    assert spell_names_like(names, values, match_spellings(values, names)) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["0.0", "1.0"], [["false", "true"]]),
        (["TRUE", "false"], [["1", "0"]]),
        (["c_7", "C_10"], [["7", "10"]]),
        (["c1", "d2"], []),
        (["v1.0", "v1.1"], []),
        (["c01", "c1"], []),
        (["1", "2"], []),
        (["c1", "cat"], []),
    ],
)
def test_what_else_a_sample_may_call_the_classes(names: list[str], expected: list[list[str]]) -> None:
    assert other_names(names) == expected


def test_names_without_letters_are_no_spellings_of_each_other() -> None:
    assert match_spellings(["-", "CAT"], ["+", "cat"]) == [None, 1]


def test_numbers_in_names_are_in_the_order_of_numbers() -> None:
    assert natural_order(["c0", "c1", "c10", "c2", "other"]) == [0, 1, 3, 2, 4]
    assert natural_order(["10", "2b", "a", ""]) == [3, 1, 0, 2]


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(class_names) == (0, 2)
