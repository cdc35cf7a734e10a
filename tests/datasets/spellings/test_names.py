import pytest

from kagglebot.datasets.spellings.names import match_names, plain_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7", "00007"),
        ("7.0", "007"),
        ("IMG_7", "img_0007"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u00e9", "E\u0301"),
        (r"train\a", "train/A"),
        (r"train\7.0", "train/007"),
        (" a ", "a"),
        ("0", "000"),
    ],
)
def test_spellings_of_a_name_are_one(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("1e5", "100000"), ("7", "70"), ("1.05", "1.5"), ("7.5", "7"), ("-7", "7")]
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert plain_name(one) != plain_name(other)


@pytest.mark.parametrize(
    ("names", "known", "found"),
    [
        (["b", "a"], ["a", "b"], [1, 0]),
        (["1.0", "3.0"], ["3", "1"], [1, 0]),
        (["A", "b"], ["a", "b"], [0, 1]),
        (["A", "a"], ["a", "b"], [None, 0]),  # two names for one
        (["A", "\u0061"], ["a"], [None, 0]),
        (["aa"], ["AA", "Aa"], [None]),  # one name for two
        (["id_1", "ID_01"], ["Id_001"], [None, None]),
        (["x"], ["y"], [None]),
    ],
)
def test_a_name_is_matched_only_where_nothing_else_could_be_meant(
    names: list[str], known: list[str], found: list[int | None]
) -> None:
    assert match_names(names, known) == found
