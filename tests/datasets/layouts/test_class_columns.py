import pytest

from kagglebot.datasets.csv.text_columns import TextColumns
from kagglebot.datasets.layouts.class_columns import asked_columns, read_marks
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.errors import DataError


def _rows(*rows: str) -> TextColumns:
    return TextColumns([("a", *row.split(",")) for row in rows], [*range(2, 2 + len(rows))])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("oak", "elm", "yew"), ("oak", "elm")),
        (("oak", "elm"), ("oak", "elm")),
        (("Elm ", "OAK"), ("elm", "oak")),
        (("oak", "yew"), ()),
        (("oak", "yew", "ash"), ()),
        (("oak", "elm", "yew", "ash"), ("oak", "elm")),
        (("p_elm", "p_oak", "p_yew"), ("elm", "oak")),
        (("p_elm", "q_oak"), ()),
        (("oak",), ("oak",)),
        (("yew",), ()),
    ],
)
def test_a_class_without_training_images_has_no_column(asked: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert asked_columns(("id", "oak", "elm", "site"), asked) == found


def test_ones_are_classes_and_minus_ones_are_said() -> None:
    labels, notes = read_marks("train.csv", ("oak", "elm"), _rows("1,0", "-1.0,yes", "absent,-1", "x,no"))
    assert labels == [{"oak"}, {"elm"}, frozenset(), {"oak"}]
    assert notes == (
        "train.csv: -1 in 2 of 8 cells of the columns of classes is read as 0; "
        "write 1 there if the image is of the class.",
    )
    assert read_marks("train.csv", ("oak", "elm"), _rows("1,-1", "-1,1"))[1] == ()


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        (["red,round", "blue,flat"], OutOfScope, "train.csv: the column 'oak' holds blue, red, and a"),
        (
            ["0,2", "1,1", "3,2", "1,3"],
            OutOfScope,
            "'elm' holds 2, 3, .* oak, elm, so .* several answers",
        ),
        (
            ["0,1", "1,o", "1,0"],
            DataError,
            "train.csv, line 3: the column 'elm' holds 'o'",
        ),
        (["0,1", "1,0.5", "1,0.5"], OutOfScope, "line 3: the column 'elm' holds 0.5, .*: a regression"),
        (["0.25,0.75", "1,0"], OutOfScope, "line 2: the labels are fractions, such as 0.25: a regression"),
    ],
)
def test_other_values_are_named(rows: list[str], error: type[DataError], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        read_marks("train.csv", ("oak", "elm"), _rows(*rows))
    assert type(raised.value) is error
