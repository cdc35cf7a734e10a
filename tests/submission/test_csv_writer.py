import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.sample_submission.long_ids import find_long_ids
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import SubmissionError
from kagglebot.metrics.log_loss import EPSILON
from kagglebot.practice.competition import from_archive
from kagglebot.practice.scoring.score import score
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.csv_writer import write_submission

MakeSchema = Callable[..., Schema]
ONE_COLUMN = Sample(("id", "label"), ("007", "1", "2"))
WIDE = Sample(("id", "wolf", "cat", "dog"), ("a", "b"))
PETS = {
    "classes": ("cat", "dog", "wolf"),
    "prediction_kind": "probabilities",
    "columns": ("wolf", "cat", "dog"),
    "column_classes": (2, 0, 1),
}


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def test_classes_stand_in_the_samples_columns_and_order(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "new" / "out.csv"
    probabilities = np.array([[0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.9, 0.0, 0.1]], dtype=np.float32)
    write_submission(path, ONE_COLUMN, make_schema(), ["1", "2", "007"], probabilities)
    assert path.read_bytes() == b"id,label\n007,0\n1,1\n2,2\n"
    named = make_schema(classes=("a b", "c,d", "é"))
    write_submission(path, ONE_COLUMN, named, ["1", "2", "007"], probabilities)
    assert path.read_text() == 'id,label\n007,a b\n1,"c,d"\n2,é\n'
    assert check_submission(path, ONE_COLUMN, named) == 3


RANKED = {
    "classes": ("cat", "dog", "wolf"),
    "prediction_kind": "labels",
    "metric": "map@2",
    "labels_a_row": 2,
    "label_separator": " ",
}


@pytest.mark.parametrize(("separator", "count"), [(" ", 2), (", ", 2), (" ", 5)])
def test_several_labels_stand_best_first_as_the_sample_divides_them(
    tmp_path: Path, make_schema: MakeSchema, separator: str, count: int
) -> None:
    path = tmp_path / "out.csv"
    schema = make_schema(**{**RANKED, "labels_a_row": count, "label_separator": separator})
    probabilities = np.array([[0.1, 0.7, 0.2], [0.4, 0.2, 0.4], [0.2, 0.3, 0.5]], dtype=np.float32)
    write_submission(path, ONE_COLUMN, schema, ["007", "1", "2"], probabilities)
    wanted = [["dog", "wolf", "cat"], ["cat", "wolf", "dog"], ["wolf", "dog", "cat"]]
    assert [row[1] for row in rows(path)[1:]] == [separator.join(each[:count]) for each in wanted]
    assert check_submission(path, ONE_COLUMN, schema) == 3


def test_one_probability_is_that_of_the_class_asked_for(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "out.csv"
    schema = make_schema(classes=(0, 1), prediction_kind="probability", metric="auc", column_classes=(1,))
    close = np.float32(0.75) + np.finfo(np.float32).eps
    probabilities = np.array([[1, 0], [0.25, 0.75], [1 - close, close]], dtype=np.float32)
    write_submission(path, ONE_COLUMN, schema, ["007", "1", "2"], probabilities)
    values = [row[1] for row in rows(path)[1:]]
    assert values[:2] == ["0", "0.75"]
    assert np.float32(values[2]) == close, "two unlike float32 must not become a tie"


def test_probabilities_stand_in_the_columns_of_their_classes(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "out.csv"
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], dtype=np.float32)
    write_submission(path, WIDE, make_schema(**PETS, metric="auc"), ["b", "a"], probabilities)
    assert rows(path)[0] == ["id", "wolf", "cat", "dog"]
    for row, expected in zip(rows(path)[1:], ([0.7, 0.1, 0.2], [0.2, 0.5, 0.3]), strict=True):
        assert [float(value) for value in row[1:]] == pytest.approx(expected, abs=1e-7)


def test_for_log_loss_nothing_is_certain_and_rows_sum_to_one(tmp_path: Path, make_schema: MakeSchema) -> None:
    path = tmp_path / "out.csv"
    certain = np.array([[1, 0, 0], [0, 0, 1]], dtype=np.float32)
    schema = make_schema(**PETS, metric="log_loss")
    write_submission(path, WIDE, schema, ["a", "b"], certain)
    values = np.array([row[1:] for row in rows(path)[1:]], dtype=np.float64)
    assert values.min() == pytest.approx(EPSILON, rel=1e-6)
    assert values.sum(axis=1) == pytest.approx(1, abs=1e-8)
    assert check_submission(path, WIDE, schema) == 2
    one = make_schema(classes=(0, 1), prediction_kind="probability", metric="log_loss", column_classes=(1,))
    write_submission(path, Sample(("id", "label"), ("a", "b")), one, ["a", "b"], certain[:, [0, 2]])
    assert [float(row[1]) for row in rows(path)[1:]] == [EPSILON, 1 - EPSILON]


def test_the_column_of_a_class_without_training_images_gets_the_lowest_probability(
    tmp_path: Path, make_schema: MakeSchema
) -> None:
    path = tmp_path / "out.csv"
    fields = {**PETS, "classes": ("cat", "dog"), "column_classes": (-1, 0, 1)}
    probabilities = np.array([[0.25, 0.75], [0.5, 0.5]], dtype=np.float32)
    for metric, lowest in (("auc", 0), ("log_loss", EPSILON)):
        schema = make_schema(**fields, metric=metric)
        write_submission(path, WIDE, schema, ["a", "b"], probabilities)
        values = [[float(value) for value in row[1:]] for row in rows(path)[1:]]
        assert values[0] == pytest.approx([lowest, 0.25, 0.75], abs=1e-7)
        assert values[1] == pytest.approx([lowest, 0.5, 0.5], abs=1e-7)
        assert check_submission(path, WIDE, schema) == 2


@pytest.mark.parametrize(
    ("labels", "columns", "values", "truth"),
    [
        (["1.0", "2.0", "3.0"], ["label"], ["1", "2"], ["1", "2", "3"]),
        (["01", "02", "10"], ["label"], ["1", "2", "10"], ["1", "2", "10"]),
        (["1", "2", "3"], ["label"], ["1.0"], ["1.0", "2.0", "3.0"]),
        (["0", "1", "2"], ["0.0", "2.0", "1.0", "7.0"], ["0.25"], ["0.0", "1.0", "2.0"]),
        (["01", "02", "10"], ["class_1", "class_2", "class_10"], ["0.5"], ["class_1", "class_2", "class_10"]),
        (["1e5", "9f3", "nan"], ["label"], ["nan"], ["1e5", "9f3", "nan"]),
    ],
)
def test_a_perfect_prediction_has_a_perfect_public_score(
    tmp_path: Path, labels: list[str], columns: list[str], values: list[str], truth: list[str]
) -> None:
    pictures = ImageCompetition(tmp_path)
    pictures.draw(*(f"train/{row}.png" for row in range(6)), *(f"test/{row}.png" for row in range(6, 12)))
    pictures.table("train.csv", "id,kind", *(f"{row},{labels[row % 3]}" for row in range(6)))
    cells = [",".join([values[row % len(values)]] * len(columns)) for row in range(6)]
    pictures.table(
        "sample_submission.csv", ",".join(["id", *columns]), *(f"{row + 6},{cells[row]}" for row in range(6))
    )
    data = pictures.load("")
    competition = from_archive(pictures.archive(), hidden={str(row + 6): truth[row % 3] for row in range(6)})
    perfect = np.eye(3, dtype=np.float32)[data.train_labels]
    path = pictures.folder / "out.csv"
    write_submission(path, read_sample(pictures.data), data.schema, data.test_ids, perfect)
    assert score(path.read_bytes(), competition) == pytest.approx(1 if len(columns) == 1 else 0, abs=1e-6)


@pytest.mark.parametrize(("metric", "labels"), [("MAP@{K}", 3), ("Top-2 Error", 2), ("Accuracy", 3)])
def test_labels_best_first_have_a_perfect_public_score(tmp_path: Path, metric: str, labels: int) -> None:
    whales = ImageCompetition(tmp_path)
    names = ["new_whale", "w_1", "w_2", "w_3"]
    whales.draw(*(f"train/{row}.jpg" for row in range(8)), *(f"test/{row}.jpg" for row in range(8, 12)))
    whales.table("train.csv", "Image,Id", *(f"{row}.jpg,{names[row % 4]}" for row in range(8)))
    whales.table("sample_submission.csv", "Image,Id", *(f"{row}.jpg,new_whale w_1 w_2" for row in range(8, 12)))
    data = whales.load(metric)
    hidden = {f"{row}.jpg": names[row % 4] for row in range(8, 12)}
    competition = from_archive(whales.archive(), hidden=hidden, metric=metric)
    path, perfect = whales.folder / "out.csv", np.eye(4, dtype=np.float32)
    write_submission(path, read_sample(whales.data), data.schema, data.test_ids, perfect)
    assert all(len(row[1].split()) == labels for row in rows(path)[1:])
    assert check_submission(path, read_sample(whales.data), data.schema) == 4
    if metric != "Accuracy":  # of which Kaggle takes one label a row
        assert score(path.read_bytes(), competition) == (0 if "Error" in metric else 1)


@pytest.mark.parametrize(
    ("cell", "metric", "written"),
    [
        ("['w_1', 'w_2']", "MAP@2", "['w_3', 'new_whale']"),
        ("{w_1,w_2,w_3}", "Top-3 Accuracy", "{w_3,new_whale,w_1}"),
        ('"w_1" "w_2"', "MAP@{K}", '"w_3" "new_whale"'),
        ("['w_1']", "MAP@{K}", "['w_3', 'new_whale', 'w_1', 'w_2']"),
        ("['w_1']", "Accuracy", "['w_3']"),
        ("['w_1']", "", "['w_3']"),
    ],
)
def test_labels_in_brackets_or_quotes_are_written_so(tmp_path: Path, cell: str, metric: str, written: str) -> None:
    whales = ImageCompetition(tmp_path)
    names = ["new_whale", "w_1", "w_2", "w_3"]
    whales.draw(*(f"train/{row}.png" for row in range(8)), *(f"test/{row}.png" for row in range(8, 10)))
    whales.table("train.csv", "Image,Id", *(f"{row}.png,{names[row % 4]}" for row in range(8)))
    quoted = cell.replace('"', '""')
    whales.table("sample_submission.csv", "Image,Id", *(f'{row}.png,"{quoted}"' for row in (8, 9)))
    data, path = whales.load(metric), tmp_path / "out.csv"
    assert data.schema.classes == (*names,)
    sample, scores = read_sample(whales.data), np.array([[0.2, 0.1, 0.1, 0.6]] * 2, np.float32)
    write_submission(path, sample, data.schema, data.test_ids, scores)
    assert [row[1] for row in rows(path)[1:]] == [written] * 2
    assert check_submission(path, sample, data.schema) == 2
    competition = from_archive(whales.archive(), hidden={"8.png": "w_3", "9.png": "w_3"}, metric=metric)
    if competition.metric.startswith(("MAP", "Top")):
        assert score(path.read_bytes(), competition) == 1
    path.write_text("Image,Id\n8.png,w_3\n9.png,w_3\n")
    with pytest.raises(SubmissionError, match=r"line 2: Id is 'w_3', which is not written as "):
        check_submission(path, sample, data.schema)


def test_an_answer_that_is_none_is_refused_and_nothing_written(tmp_path: Path, make_schema: MakeSchema) -> None:
    probabilities = np.full((3, 3), 1 / 3, dtype=np.float32)
    with pytest.raises(SubmissionError, match="007"):
        write_submission(tmp_path / "out.csv", ONE_COLUMN, make_schema(), ["1", "2"], probabilities[:2])
    probabilities[1, 2] = np.nan
    with pytest.raises(SubmissionError, match="id 1 are not finite"):
        write_submission(tmp_path / "out.csv", ONE_COLUMN, make_schema(), ["007", "1", "2"], probabilities)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_of_labels_alone_is_answered_so(tmp_path: Path, make_schema: MakeSchema) -> None:
    path, sample = tmp_path / "out.csv", Sample(("row", "label"), ("1", "2", "3"), ("0",), bare=True)
    schema = make_schema(id_column="row")
    write_submission(path, sample, schema, ["3", "1", "2"], np.eye(3, dtype=np.float32))
    assert path.read_bytes() == b"1\n2\n0\n"
    assert check_submission(path, sample, schema) == 3


@pytest.mark.parametrize("separator", [" ", ", "])
def test_a_set_is_divided_as_the_sample_divides_it(
    tmp_path: Path, make_schema: MakeSchema, separator: str
) -> None:
    schema = make_schema(
        classes=("cat", "dog", "wolf"),
        metric="sample_f1",
        prediction_kind="set",
        several=True,
        labels_a_row=3,
        label_separator=separator,
    )
    probabilities = np.array([[0.9, 0.5, 0.1], [0.1, 0.3, 0.2], [0.6, 0.7, 0.8]], np.float32)
    path = tmp_path / "out.csv"
    write_submission(path, ONE_COLUMN, schema, ["007", "1", "2"], probabilities)
    cells = [separator.join(names) for names in (["cat", "dog"], ["dog"], ["cat", "dog", "wolf"])]
    assert rows(path) == [["id", "label"], *map(list, zip(("007", "1", "2"), cells, strict=True))]
    assert check_submission(path, ONE_COLUMN, schema) == 3


@pytest.mark.parametrize(
    ("separator", "ends", "cells"),
    [
        (" ", ("", ""), ["cat dog", "", "dog"]),
        ("', '", ("['", "']"), ["['cat', 'dog']", "[]", "['dog']"]),
        (", ", ("{", "}"), ["{cat, dog}", "{}", "{dog}"]),
    ],
)
def test_a_set_is_empty_only_where_a_training_image_is_of_no_class(
    tmp_path: Path, make_schema: MakeSchema, separator: str, ends: tuple[str, str], cells: list[str]
) -> None:
    fields = {"classes": ("cat", "dog"), "prediction_kind": "set", "several": True, "labels_a_row": 2}
    fields |= {"metric": "sample_f1", "label_separator": separator, "label_ends": ends}
    probabilities = np.array([[0.9, 0.8], [0.01, 0.001], [0.1, 0.7]], np.float32)
    path = tmp_path / "out.csv"
    may, never = make_schema(**fields, without_class=True), make_schema(**fields)
    write_submission(path, ONE_COLUMN, may, ["007", "1", "2"], probabilities)
    assert [row[1] for row in rows(path)[1:]] == cells
    assert check_submission(path, ONE_COLUMN, may) == 3
    with pytest.raises(SubmissionError, match="line 3: label is "):
        check_submission(path, ONE_COLUMN, never)
    write_submission(path, ONE_COLUMN, never, ["007", "1", "2"], probabilities)
    assert [row[1] for row in rows(path)[1:]] == [cells[0], cells[2].replace("dog", "cat"), cells[2]]


def test_marks_are_0_or_1_and_probabilities_of_sets_are_not_rescaled(
    tmp_path: Path, make_schema: MakeSchema
) -> None:
    probabilities = np.array([[0.5, 0.9, 0.8], [0.0, 0.25, 0.1]], np.float32)
    marks = make_schema(**{**PETS, "prediction_kind": "marks", "column_classes": (2, 0, -1)}, several=True)
    write_submission(tmp_path / "marks.csv", WIDE, marks, ["a", "b"], probabilities)
    assert rows(tmp_path / "marks.csv")[1:] == [["a", "1", "1", "0"], ["b", "0", "0", "0"]]
    assert check_submission(tmp_path / "marks.csv", WIDE, marks) == 2
    each = make_schema(**PETS, several=True, metric="multilabel_log_loss")
    write_submission(tmp_path / "each.csv", WIDE, each, ["a", "b"], probabilities)
    numbers = np.array([list(map(float, row[1:])) for row in rows(tmp_path / "each.csv")[1:]])
    np.testing.assert_allclose(numbers, [[0.8, 0.5, 0.9], [0.1, EPSILON, 0.25]], rtol=1e-6)
    assert check_submission(tmp_path / "each.csv", WIDE, each) == 2


@pytest.mark.parametrize("kind", ["probabilities", "marks"])
def test_a_row_for_each_class_of_an_image_in_the_samples_order(
    tmp_path: Path, make_schema: MakeSchema, kind: str
) -> None:
    ids = ("b_cat", "a_wolf", "b_wolf", "a_cat", "a_fox", "b_fox")
    long = find_long_ids(ids, ("ID", "Label"), {"a", "b", "c"}.__contains__)
    sample = Sample(("ID", "Label"), ids, ("0",)).a_row_an_image(long)
    assert (sample.columns, sample.ids) == (("ID", "cat", "wolf", "fox"), ("b", "a"))
    pattern = long.pattern if long else ""
    classes = {"classes": ("cat", "wolf"), "columns": sample.columns[1:], "column_classes": (0, 1, -1)}
    schema = make_schema(**classes, several=True, prediction_kind=kind, metric="sample_f1", id_pattern=pattern)
    values = np.array([[0.25, 0.75], [0.5, 0.125]], dtype=np.float32)
    write_submission(tmp_path / "out.csv", sample, schema, ["a", "b"], values)
    numbers = {"a_cat": 0.25, "a_wolf": 0.75, "a_fox": 0, "b_cat": 0.5, "b_wolf": 0.125, "b_fox": 0}
    wanted = [[name, f"{float(numbers[name] >= 0.5) if kind == 'marks' else numbers[name]:g}"] for name in ids]
    assert rows(tmp_path / "out.csv") == [["ID", "Label"], *wanted]
    assert check_submission(tmp_path / "out.csv", sample, schema) == 6
    (tmp_path / "out.csv").write_text("ID,Label\n" + "".join(f"{name},0\n" for name in ids[1:]))
    with pytest.raises(SubmissionError, match=r"has 5 rows instead of 6: 1 id of .* missing, such as b_cat"):
        check_submission(tmp_path / "out.csv", sample, schema)


@pytest.mark.parametrize(("header", "line"), [("label,id", "1,007"), ("id,label", "007,1")])
def test_columns_stand_in_the_order_of_the_sample(
    tmp_path: Path, make_schema: MakeSchema, header: str, line: str
) -> None:
    sample = Sample(("id", "label"), ("007", "2"), id_place=header.split(",").index("id"))
    path = tmp_path / "out.csv"
    write_submission(path, sample, make_schema(), ["2", "007"], np.eye(3, dtype=np.float32)[[2, 1]])
    assert path.read_text().splitlines()[:2] == [header, line]
    assert check_submission(path, sample, make_schema()) == 2
    other = Sample(("id", "label"), ("007", "2"), id_place=1 - sample.id_place)
    with pytest.raises(SubmissionError, match=f"the columns are '{header}' instead of"):
        check_submission(path, other, make_schema())
