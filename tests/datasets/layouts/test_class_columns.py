import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.layouts.class_columns import asked_columns, named_in_cells, read_marks
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.datasets.tables.text_columns import TextColumns
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


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["rust scab"], True),
        (["Healthy"], True),
        (["['scab', 'rust']"], True),
        (["rust,other"], True),
        (["0"], False),
        (["yew"], False),
        (["cat"], False),
        ([], False),
    ],
)
def test_cells_of_the_sample_name_columns_of_classes(cells: list[str], named: bool) -> None:
    first = {"rust": ["1", "0", "1"], "site": ["b", "cat", "cat"], "scab": ["1", "1", "0"]}
    first |= {"healthy": ["0", "0", "0"], "cat": ["0", "1", "1"]}
    assert named_in_cells(first, cells) == (("rust", "scab", "healthy", "cat") if named else ())


@pytest.fixture
def leaves(pictures: ImageCompetition) -> ImageCompetition:
    """Six images of three classes, a column each, and a sample that names one in a cell."""
    pictures.draw(*[f"train/a{row}.png" for row in range(6)], "test/t0.png")
    pictures.table("train.csv", "id,rust,scab,healthy", *[f"a{row},{_hot(row)}" for row in range(6)])
    pictures.table("sample_submission.csv", "id,labels", "t0,scab")
    return pictures


def _hot(row: int) -> str:
    return ",".join(str(int(row % 3 == place)) for place in range(3))


def test_columns_that_a_cell_names_are_the_classes(leaves: ImageCompetition) -> None:
    data = leaves.load()
    assert data.schema.classes == ("healthy", "rust", "scab")
    assert data.train_labels.tolist() == [1, 2, 0, 1, 2, 0]
    assert (data.schema.prediction_kind, data.schema.columns) == ("label", ("labels",))
    assert "columns rust, scab, healthy are taken for the classes" in " ".join(data.schema.assumptions)


def test_columns_that_a_cell_names_may_hold_several_classes(leaves: ImageCompetition) -> None:
    rows = [f"a{row},{int(row < 3)},{int(row % 2)},{int(row > 2)}" for row in range(6)]
    leaves.table("train.csv", "id,rust,scab,healthy", *rows)
    leaves.table("sample_submission.csv", "id,labels", "t0,rust scab")
    schema = leaves.load("Mean F1-Score").schema
    assert (schema.several, schema.metric, schema.prediction_kind) == (True, "sample_f1", "set")
    assert schema.classes == ("healthy", "rust", "scab")


def test_columns_of_classes_are_refused_where_the_sample_has_numbers(leaves: ImageCompetition) -> None:
    leaves.table("sample_submission.csv", "id,label", "t0,0")
    error = leaves.refused("of the columns rust, scab, healthy one holds a 1 in each row, .* asks for 'label'")
    assert "--target" in (error.hint or "")
    assert leaves.load(target="scab").schema.classes == (0, 1)
