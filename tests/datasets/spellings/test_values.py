import doctest

import pytest

from kagglebot.datasets.spellings import values as values_module
from kagglebot.datasets.spellings.values import canonical, is_number, is_whole, match, spell_like


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, "1") for text in ("1", "1.0", "01", "1e0", "+1", "1.", " 1 ", "1.000000000000000000e+00")),
        *((text, "0") for text in ("0", "-0", "0.0", "00", "-0.00", ".0")),
        *((text, "100000") for text in ("1e5", "1E+5", "100000.0")),
        *((text, "-2.5") for text in ("-2.5", "-02.50", "-25e-1")),
        ("9" * 255, "9" * 255),
        *((text, text) for text in ("cat", "", "1_0", "0x1", "1,0", "9f3", "\u0663", "1e9999", ".", "e5", "1 0")),
    ],
)
def test_a_number_has_one_canonical_spelling_and_a_name_its_own(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert canonical(expected) == expected


def test_what_stands_for_a_missing_number_elsewhere_is_a_name() -> None:
    for text in ("nan", "NaN", "NA", "None", "null", "inf", "-inf", "Infinity", ""):
        assert not is_number(text) and not is_whole(text)


@pytest.mark.parametrize(
    ("text", "whole"), [("1.0", True), ("1e5", True), ("15e-1", False), ("0.5", False), ("-03", True)]
)
def test_whole_numbers_are_whole_in_every_spelling(text: str, whole: bool) -> None:
    assert is_whole(text) == whole


@pytest.mark.parametrize(
    ("values", "known", "expected"),
    [
        (["1", "3", "4"], ["1.0", "2.0", "3.0"], [0, 2, None]),
        (["7.0", "00007"], ["00008", "7"], [None, None]),  # two spellings of one number: names
        (["1.0", "10"], ["01", "02", "10"], [0, 2]),
        (["1", "cat"], ["1.0", "cat"], [None, 1]),  # a name: all are text
        (["1", "2"], ["1.0", "2", "nan"], [None, 1]),
        (["7", "007"], ["007", "7"], [1, 0]),
        (["7"], ["007", "07"], [None]),
        ([" cat"], ["dog", "cat "], [1]),
        ([], ["1"], []),
    ],
)
def test_numbers_match_as_numbers_and_names_as_text(
    values: list[str], known: list[str], expected: list[int | None]
) -> None:
    assert match(values, known) == expected


@pytest.mark.parametrize(
    ("names", "examples", "expected"),
    [
        (["1.0", "2.0", "10.0"], ["2", "1"], ["1", "2", "10"]),
        (["01", "02"], ["0"], ["1", "2"]),
        (["0", "1", "10"], ["01", "02"], ["00", "01", "10"]),
        (["0", "1"], ["1.00"], ["0.00", "1.00"]),
        (["-1", "0", "1"], ["-1.0", "1.0"], ["-1.0", "0.0", "1.0"]),
        (["1", "2", "10"], ["1e0"], ["1e0", "2e0", "10e0"]),
        (["1", "2", "10"], ["1.00e+00"], ["1.00e+00", "2.00e+00", "1.00e+01"]),
        (["007", "7", "8"], ["7"], ["007", "7", "8"]),  # names, as one number is there twice
        (["1e999", "2"], ["2"], ["1e999", "2"]),
        (["1", "15"], ["1e+00"], ["1e+00", "15"]),
        (["1", "2", "3"], ["+1", "+2"], ["+1", "+2", "+3"]),
        (["-1", "1", "2"], ["-1", "+1"], ["-1", "+1", "+2"]),
        (["1", "2", "3"], ["1.", "2."], ["1.", "2.", "3."]),
        (["-1", "0", "1"], ["-01", "00"], ["-01", "00", "01"]),
        (["1", "10", "100"], ["01", "10"], ["01", "10", "100"]),
        (["1", "2", "3"], ["1e0", "20e-1"], ["1e0", "20e-1", "3"]),  # no spelling of both
        (["1", "2", "3"], ["1", "02"], ["1", "02", "3"]),
        (["1.0", "2.0"], ["0.5"], ["1.0", "2.0"]),
        (["1.0", "cat"], ["1"], ["1.0", "cat"]),
        (["1.0"], [], ["1.0"]),
    ],
)
def test_numbers_are_spelled_as_the_examples_are(
    names: list[str], examples: list[str], expected: list[str]
) -> None:
    assert spell_like(names, examples) == expected


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(values_module) == (0, 4)
