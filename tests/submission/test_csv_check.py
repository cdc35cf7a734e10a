import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError, SubmissionError
from kagglebot.submission.csv_check import check_submission

MakeSchema = Callable[..., Schema]
SAMPLE = Sample(("id", "label"), ("007", "1", "2"))
WIDE = Sample(("id", "cat", "dog"), ("a", "b"))
ONE = {"classes": (0, 1), "prediction_kind": "probability", "metric": "auc", "column_classes": (1,)}
BOTH = {
    "classes": ("cat", "dog"),
    "prediction_kind": "probabilities",
    "metric": "log_loss",
    "column_classes": (0, 1),
}


def refused(path: Path, text: str | bytes, sample: Sample, schema: Schema) -> SubmissionError:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SubmissionError) as caught:
        check_submission(path, sample, schema)
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the columns are '' instead of 'id,label'"),
        ("Id,label\n007,0\n1,1\n2,2\n", "line 1: the columns are 'Id,label'"),
        ("\ufeffid,label\n007,0\n1,1\n2,2\n", "line 1: the columns"),
        ("id,label,more\n007,0,1\n1,1,1\n2,2,1\n", "line 1: the columns"),
        ("id,label\n007,0\n1,1\n", "2 rows instead of 3: 1 id of sample_submission.csv missing, such as 2"),
        ("id,label\n007,0\n1,1\n1,2\n", "line 4: id '1' is there twice, first in line 3"),
        ("id,label\n007,0\n1,1\n2,2\n3,1\n", "line 5: id '3' is not in"),
        ("id,label\n7,0\n1,1\n2,2\n", "line 2: id '7' is not in"),
        ("id,label\n007,\n1,1\n2,2\n", "line 2: label is empty"),
        ("id,label\n007, \n1,1\n2,2\n", "line 2: label is empty"),
        ("id,label\n007,0\n1,nan\n2,2\n", "line 3: label is 'nan', which is not a finite number"),
        ("id,label\n007,0\n1,-inf\n2,2\n", "line 3: label is '-inf', which is not a finite number"),
        ("id,label\n007,9\n1,1\n2,2\n", "line 2: label is '9', which is no class; the classes are 0, 1, 2"),
        ("id,label\n007,0\n\n1\n2,2\n", "line 4: 1 value instead of 2"),
        ('id,label\n"007,0\n', "not a CSV"),
        (b"id,label\n007,0\n1,\xff\n2,2\n", "not a CSV file in UTF-8: line 3"),
        (b"i\0d\0,\0", "line 1"),
        ("id,label\n007,0\n1," + "0" * 200_000, "line 3: "),
        (f"id,label\n{'x' * 5_000},0\n", "line 2: id 'xxx"),
    ],
)
def test_a_file_of_labels_kaggle_could_not_score(
    tmp_path: Path, make_schema: MakeSchema, text: str | bytes, problem: str
) -> None:
    error = refused(tmp_path / "out.csv", text, SAMPLE, make_schema())
    assert problem in error.message
    assert len(error.message) < 500


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "label is empty"),
        ("0  1", "label is empty"),
        ("0 9", "label is '9', which is no class"),
        ("0,1", "label is '0,1', which is no class"),
        ("1 1", "label is '1 1', which names a class twice"),
        ("0 1 2", "label has 3 classes, and 2 may be named"),
    ],
)
def test_several_labels_kaggle_could_not_score(
    tmp_path: Path, make_schema: MakeSchema, value: str, problem: str
) -> None:
    schema = make_schema(prediction_kind="labels", metric="map@2", labels_a_row=2)
    text = f'id,label\n007,2 1\n1,"{value}"\n2,0\n'
    assert f"line 3: {problem}" in refused(tmp_path / "out.csv", text, SAMPLE, schema).message


@pytest.mark.parametrize("value", ["2.0", "02", " 2", "+2", "2e0"])
def test_a_number_written_another_way_is_refused_with_the_right_one(
    tmp_path: Path, make_schema: MakeSchema, value: str
) -> None:
    error = refused(tmp_path / "out.csv", f"id,label\n007,0\n1,{value}\n2,2\n", SAMPLE, make_schema())
    assert "line 3" in error.message and "no class" in error.message
    assert error.hint.startswith("Write it as 2")


def test_numbers_are_recognised_in_any_spelling_of_the_classes_and_ids(
    tmp_path: Path, make_schema: MakeSchema
) -> None:
    schema = make_schema(classes=("1.0", "2.0"))
    for text, meant in (("007,1.0\n1,2\n2,1.0", "2.0"), ("007,1.0\n1,1e0\n2,1.0", "1.0"), ("7,1.0", "007")):
        error = refused(tmp_path / "out.csv", f"id,label\n{text}\n", SAMPLE, schema)
        assert error.hint.startswith(f"Write it as {meant}, letter for letter")


def test_a_name_written_another_way_is_refused_with_the_right_one(tmp_path: Path, make_schema: MakeSchema) -> None:
    schema = make_schema(classes=("Black-grass", "Charlock"))
    error = refused(tmp_path / "out.csv", "id,label\n007,charlock \n", SAMPLE, schema)
    assert error.hint.startswith("Write it as Charlock")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "label is empty"),
        ("cat", "label is 'cat', which is not a number"),
        ("0_1", "not a number"),
        ("\u0660", "not a number"),
        ("NaN", "not a finite number"),
        ("inf", "not a finite number"),
        ("1.0001", "label is 1.0001, and a probability lies between 0 and 1"),
        ("-1e-9", "a probability lies between 0 and 1"),
    ],
)
def test_what_is_no_probability(tmp_path: Path, make_schema: MakeSchema, value: str, problem: str) -> None:
    error = refused(tmp_path / "out.csv", f"id,label\n007,0\n1,{value}\n2,1\n", SAMPLE, make_schema(**ONE))
    assert "line 3" in error.message and problem in error.message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,dog,cat\na,1,0\nb,0,1\n", "line 1: the columns have 'dog' where 'cat' should be"),
        ("id,cat\na,1\nb,0\n", "line 1: the columns are 'id,cat' instead of 'id,cat,dog'"),
        ("id,cat,dog\na,1,0\nb,0.5,\n", "line 3: dog is empty"),
        ("id,cat,dog\na,1,0\nb,0.5,1.5\n", "line 3: dog is 1.5"),
        ("id,cat,dog\na,0,0.0\nb,0.5,0.5\n", "line 2: every probability is 0"),
    ],
)
def test_a_wide_file_kaggle_could_not_score(
    tmp_path: Path, make_schema: MakeSchema, text: str, problem: str
) -> None:
    assert problem in refused(tmp_path / "out.csv", text, WIDE, make_schema(**BOTH)).message


def test_what_kaggle_scores_is_let_through(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"id,label\r\n2,1e-7\r\n007,0\r\n\r\n1,1.0\r\n")
    assert check_submission(path, SAMPLE, make_schema(**ONE)) == 3
    path.write_text('"id",cat,dog\n"a",0.2,0.2\nb,1,1\n')  # rows that Kaggle divides by their sum
    assert check_submission(path, WIDE, make_schema(**BOTH)) == 2


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "out.csv"
    with path.open("wb") as stream:
        stream.write(b"id,label\n")
        stream.truncate(1 << 28)
    tracemalloc.start()
    try:
        with pytest.raises(SubmissionError, match="line 2: it is too long"):
            check_submission(path, SAMPLE, make_schema())
        assert tracemalloc.get_traced_memory()[1] < 1 << 26
    finally:
        tracemalloc.stop()


def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path, make_schema: MakeSchema) -> None:
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(DataError, match="Could not read"):
            check_submission(path, SAMPLE, make_schema())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0\n1\n", "2 rows instead of 3"),
        ("0\n1\n2\n0\n", "line 4: id '4' is not in"),
        ("label\n1\n2\n", "line 1: label is 'label', which is no class"),
        ("1,0\n2,1\n3,2\n", "line 1: 2 values instead of 1"),
    ],
)
def test_labels_alone_have_neither_header_nor_ids(
    tmp_path: Path, make_schema: MakeSchema, text: str, problem: str
) -> None:
    sample = Sample(("row", "label"), ("1", "2", "3"), ("0",), bare=True)
    assert problem in refused(tmp_path / "out.csv", text, sample, make_schema()).message


def test_sets_and_marks_are_checked(tmp_path: Path, make_schema: MakeSchema) -> None:
    named = {"classes": ("cat", "dog", "elk"), "several": True, "metric": "sample_f1"}
    sets = make_schema(**named, prediction_kind="set", labels_a_row=3, label_separator=" ")
    path = tmp_path / "file.csv"
    path.write_text("id,label\n007,cat dog elk\n1,cat\n2,elk dog\n")
    assert check_submission(path, SAMPLE, sets) == 3
    for cell, problem in (("", "label is empty"), ("cat cat", "names a class twice"), ("cat cow", "'cow'")):
        found = refused(path, f"id,label\n007,cat\n1,{cell}\n2,dog\n", SAMPLE, sets)
        assert "line 3" in found.message and problem in found.message
    marks = make_schema(**{**BOTH, "prediction_kind": "marks"}, several=True)
    path.write_text("id,cat,dog\na,1,0\nb,0.0,0\n")
    assert check_submission(path, WIDE, marks) == 2
    assert (
        "line 3: a value is neither 0 nor 1" in refused(path, "id,cat,dog\na,1,0\nb,0.5,0\n", WIDE, marks).message
    )
