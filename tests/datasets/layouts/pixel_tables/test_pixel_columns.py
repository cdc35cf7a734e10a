from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.tables import pixel_rows
from kagglebot.datasets.tables import table as csv_table
from kagglebot.errors import DataError

Make = Callable[..., Competition]


def _load(competition: Competition) -> Dataset:
    folder = competition.folder / "data"
    ingest(competition.archive(), folder, competition="tiny")
    return load_dataset(folder)


def _refused(competition: Competition, match: str, **options: str) -> None:
    """Fetching it fails with that message, and no data is in use afterwards."""
    folder = competition.folder / "data"
    with pytest.raises(DataError, match=match) as caught:
        ingest(competition.archive(**options), folder, competition="tiny")
    assert caught.value.hint
    assert {path.name for path in folder.iterdir()} <= {".lock"}


def test_images_labels_and_ids(competition: Competition) -> None:
    data = _load(competition)
    assert data.train_images.dtype == np.uint8
    assert data.train_images[5].tolist() == [[[5], [0]], [[128], [255]]]
    assert data.train_labels.tolist() == [2, 0, 1, 0, 2, 1]
    assert data.train_labels.dtype == np.int64
    assert data.test_images[3].tolist() == [[[3], [1]], [[2], [3]]]
    assert data.test_ids == ("1", "2", "3", "4")
    schema = data.schema
    assert (schema.train_rows, schema.test_rows, schema.image_shape) == (6, 4, (2, 2, 1))
    assert (schema.classes, schema.layout) == ((1, 2, 3), "pixel-columns")
    assert (schema.id_column, schema.target_column) == ("ImageId", "Label")


def test_images_are_read_only(competition: Competition) -> None:
    with pytest.raises(ValueError, match="read-only"):
        _load(competition).train_images[0] = 1


def test_names_as_labels(make_competition: Make) -> None:
    data = _load(make_competition(labels=["ship", "cat", "ship", "dog"]))
    assert data.schema.classes == ("cat", "dog", "ship")
    assert data.train_labels.tolist() == [2, 0, 2, 1]


def test_ids_of_the_test_file_keep_its_order_and_their_zeros(make_competition: Make) -> None:
    competition = make_competition(test_ids=["007", "01", "x9", "1"])
    competition.sample.rows.reverse()
    assert _load(competition).test_ids == ("007", "01", "x9", "1")


@pytest.mark.parametrize("name", ["imageid", "whatever", " ImageId "])
def test_the_id_column_may_have_another_name(make_competition: Make, name: str) -> None:
    competition = make_competition(test_ids=["a", "b", "c", "d"])
    competition.test.header[0] = name
    assert _load(competition).test_ids == ("a", "b", "c", "d")


def test_the_id_column_is_told_from_others_by_its_values(make_competition: Make) -> None:
    competition = make_competition(test_ids=["a", "b", "c", "d"])
    competition.test.header = ["source", "name", *competition.test.header[1:]]
    competition.test.rows = [["web", *row] for row in competition.test.rows]
    assert _load(competition).test_ids == ("a", "b", "c", "d")


@pytest.mark.parametrize(("target", "column"), [("digit", "DIGIT"), ("answer", "label"), ("answer", "kind")])
def test_the_label_column(competition: Competition, target: str, column: str) -> None:
    competition.sample.header[1] = target
    competition.train.header[0] = column
    competition.train.header.insert(0, "ImageId")
    competition.train.rows = [["7", *row] for row in competition.train.rows]
    assert _load(competition).schema.classes == (1, 2, 3)


def test_pixels_go_by_their_numbers_not_their_places(competition: Competition) -> None:
    competition.train.header = ["label", "pixel4", "pixel2", "pixel3", "pixel1"]
    assert _load(competition).train_images[5, :, :, 0].tolist() == [[255, 0], [128, 5]]


def test_columns_that_say_row_and_column_need_no_square(competition: Competition) -> None:
    for table, first in ((competition.train, 1), (competition.test, 0)):
        table.header[first:] = ["1x1", "1x2", "1x3", "1x4"]
    assert _load(competition).train_images.shape == (6, 1, 4, 1)


def test_windows_line_ends_byte_order_mark_blank_lines_and_no_last_line_end(competition: Competition) -> None:
    competition.train.tail = "\n\n\n"
    competition.test.tail = ""
    competition.files["train.csv"] = competition.train.text().replace("\n", "\r\n")
    competition.files["test.csv"] = "\ufeff" + competition.test.text()
    data = _load(competition)
    assert len(data.train_images) == 6
    assert len(data.test_images) == 4


def test_files_may_lie_in_a_folder(competition: Competition) -> None:
    for name, table in (("train.csv", competition.train), ("test.csv", competition.test)):
        competition.files[f"deep/{name}"] = table.text()
    archive = competition.archive(without="train.csv")
    ingest(archive, competition.folder / "data", competition="tiny")
    assert len(load_dataset(competition.folder / "data").train_images) == 6


@pytest.mark.parametrize("block_bytes", [1, 7, 40, 1000])
def test_block_borders_fall_anywhere(
    make_competition: Make, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(pixel_rows, "_BLOCK_BYTES", block_bytes)
    path = make_competition().folder / "train.csv"
    text = "".join(f"{number},{number % 256}\n" for number in range(50))
    path.write_text("a,b\n" + text + "\n\n" + text)
    rows = list(pixel_rows.read_rows(path, ("a", "b"), texts=["a"], pixels=["b"]))
    assert np.concatenate([part.pixels for part in rows]).ravel().tolist() == [*range(50)] * 2
    assert [text for part in rows for text in part.texts[0]] == [str(number) for number in range(50)] * 2
    assert rows[-1].bytes_read == path.stat().st_size
    path.write_text("a,b\n" + text + "\n\n" + text.replace("49,49", "49,x"))
    with pytest.raises(DataError, match=r"train\.csv, line 103, column b: 'x' is not a pixel"):
        list(pixel_rows.read_rows(path, ("a", "b"), texts=["a"], pixels=["b"]))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("256", "'256' is not a pixel"),
        ("-1", "'-1' is not a pixel"),
        ("1.5", "'1.5' is not a pixel"),
        ("256.0", "'256.0' is not a pixel"),
        ("inf", "'inf' is not a pixel"),
        ("abc", "'abc' is not a pixel"),
        ("nan", "'nan' is not a pixel"),
        ("", "the pixel is empty"),
        (" ", "the pixel is empty"),
    ],
)
def test_a_wrong_pixel_is_named(competition: Competition, value: str, message: str) -> None:
    competition.train.rows[2][3] = value
    _refused(competition, f"train.csv, line 4, column pixel2: {message}")


def test_pixels_may_be_whole_numbers_in_any_spelling(competition: Competition) -> None:
    competition.train.rows[2][1:] = ["220.0", "2.550000000000000000e+02", "007", "0."]
    competition.test.rows[1][:] = ["1e2", " 3.0 ", "+4", "-0.0"]
    ingest(competition.archive(), competition.folder / "data", competition="tiny")
    data = load_dataset(competition.folder / "data")
    assert data.train_images[2].ravel().tolist() == [220, 255, 7, 0]
    assert data.test_images[1].ravel().tolist() == [100, 3, 4, 0]
    assert data.train_images[1].ravel().tolist() == [1, 0, 128, 255]


def test_a_wrong_pixel_of_the_test_file_is_named(competition: Competition) -> None:
    competition.test.rows[3][0] = "x"
    _refused(competition, "test.csv, line 5, column pixel0")


def test_a_row_with_missing_pixels_is_named(competition: Competition) -> None:
    del competition.train.rows[3][-2:]
    _refused(competition, "train.csv, line 5: 3 columns where the header has 5; nothing for pixel2.$")


def test_a_row_with_too_many_pixels_is_named(competition: Competition) -> None:
    competition.train.rows[3].append("1")
    _refused(competition, "train.csv, line 5: 6 columns where the header has 5.$")


def test_a_file_cut_off_in_the_middle_is_named(competition: Competition) -> None:
    competition.files["train.csv"] = competition.train.text()[:-9]
    _refused(competition, r"train.csv, line 7: 3 columns .* nothing for pixel2\. The file is cut off there")


def test_a_test_file_cut_off_between_rows_is_noticed(competition: Competition) -> None:
    competition.test.rows.pop()
    _refused(competition, "3 test images, and sample_submission.csv has 4 ids")


def test_bytes_that_are_no_text_are_named(competition: Competition) -> None:
    competition.files["train.csv"] = competition.train.text().encode().replace(b"\n2,2", b"\n\xff\xfe,2")
    _refused(competition, "train.csv, line 4: not CSV text")


def test_a_label_too_long_is_named(competition: Competition) -> None:
    competition.train.rows[1][0] = "x" * 256
    _refused(competition, "train.csv, line 3, column label: 256 characters are too many")


@pytest.mark.parametrize(
    ("label", "message"), [("", "the label is empty"), ("two", "'two' is not a number"), ("2.5", "a fraction")]
)
def test_a_wrong_label_is_named(competition: Competition, label: str, message: str) -> None:
    competition.train.rows[4][0] = label
    competition.files["train.csv"] = competition.train.text().replace("\n2,", "\n\n2,", 1)  # a blank line before
    _refused(competition, f"train.csv, line 7, column label: .*{message}")


@pytest.mark.parametrize("name", ["train.csv", "test.csv", "sample_submission.csv"])
def test_a_missing_file_is_named(competition: Competition, name: str) -> None:
    _refused(competition, f"no {name}", without=name)


@pytest.mark.parametrize("name", ["train.csv", "test.csv"])
def test_a_file_without_rows_is_named(competition: Competition, name: str) -> None:
    table = competition.train if name == "train.csv" else competition.test
    table.rows.clear()
    _refused(competition, f"{name} holds no rows")


def test_an_empty_file_is_named(competition: Competition) -> None:
    competition.files["train.csv"] = ""
    _refused(competition, "train.csv is empty")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["label", "pixel0", "pixel1", "pixel3", "pixel4"], "train.csv, line 1: the column pixel2 is missing"),
        (["label", "pixel0", "pixel1", "pixel2", "pixel2"], "two columns named 'pixel2'"),
        (["label", "pixel0", "pixel1", "pixel2", "Pixel02"], "two columns are the same pixel"),
        (["label", "a", "pixel0", "pixel1", "pixel2"], "3 pixel columns .* make no square"),
        (["label", "1x1", "1x2", "2x1", "2x3"], "no rectangle at 1x3"),
        (["a", "b", "c", "d", "pixel0"], "no column is the label 'Label' .*a, b, c, d"),
        (["label", "b", "c", "d", "pixel0"], "1 pixel columns and test.csv has 4"),
        (["label", "a", "b", "c", "d"], "no pixel columns"),
    ],
)
def test_a_wrong_header_is_named(competition: Competition, header: list[str], message: str) -> None:
    competition.train.header = header
    if header[0] == "a":
        competition.test.header = ["w", "x", "y", "pixel0"]
    _refused(competition, message)


def test_ids_that_are_not_the_samples_are_named(make_competition: Make) -> None:
    competition = make_competition(test_ids=["1", "2", "3", "4"])
    competition.test.rows[2][0] = "33"
    _refused(competition, "test.csv, line 4, column ImageId: id '33' is not in sample_submission.csv")
    competition.test.rows[2][0] = "2"
    _refused(competition, "test.csv, line 4, column ImageId: id '2' is there twice")


@pytest.mark.parametrize("name", ["{}.0", "00{}"])
def test_ids_may_be_spelled_otherwise_than_in_the_sample(make_competition: Make, name: str) -> None:
    competition = make_competition(test_ids=[name.format(number) for number in (2, 4, 1, 3)])
    competition.sample.rows = [[str(number), "0"] for number in (1, 2, 3, 4)]
    competition.test.header[0] = "number"
    assert _load(competition).test_ids == ("2", "4", "1", "3")


def test_a_sample_that_is_an_excerpt_is_completed(make_competition: Make) -> None:
    competition = make_competition(test_ids=["a", "b", "c", "d"])
    competition.sample.rows = [["c", "7"]]
    data = _load(competition)
    assert data.test_ids == ("a", "b", "c", "d")
    assert read_sample(competition.folder / "data").ids == ("c", "a", "b", "d")
    assert "lists 1 of 4 test images" in data.schema.assumptions[0]
    competition.sample.rows = [["c", "7"], ["d", "7"]]
    with pytest.raises(DataError, match=r"There are 4 test images, and .* has 2 ids"):
        _load(competition)


def test_no_column_with_the_samples_ids_is_said(competition: Competition) -> None:
    competition.test.header[:0] = ["a", "b"]
    competition.test.rows = [["x", "y", *row] for row in competition.test.rows]
    _refused(competition, "none of the columns a, b holds the sample's ids")


def test_tables_without_pixels_are_out_of_scope(competition: Competition) -> None:
    for table, first in ((competition.train, 1), (competition.test, 0)):
        table.header[first:] = ["width", "height", "weight", "age"]
    _refused(competition, "no images and no pixel columns .* out of scope: .*train.csv")


def test_columns_of_the_sample_that_are_no_classes_are_named(competition: Competition) -> None:
    competition.sample.header += ["Second"]
    competition.sample.rows = [[*row, "0"] for row in competition.sample.rows]
    _refused(competition, "has 2 columns of values, .* no class is called Label, Second")


def test_numbers_to_predict_are_a_regression(competition: Competition) -> None:
    for row, values in enumerate(competition.train.rows):
        values[0] = f"{row}.25"
    _refused(competition, "train.csv, line 2, column label: the labels are fractions, such as 0.25: a regression")


def test_further_tables_of_images_are_left_out_and_said(competition: Competition) -> None:
    competition.files["more/Dig-MNIST.csv"] = competition.train.text()
    data = _load(competition)
    assert len(data.train_images) == 6
    assert "More images are in more/Dig-MNIST.csv: they are left out" in data.schema.assumptions[0]


def test_the_label_can_be_named_where_several_columns_could_be_it(competition: Competition) -> None:
    competition.train.header[0] = "a"
    competition.train.header.insert(1, "b")
    competition.train.rows = [
        [row[0], "xy"[number % 2], *row[1:]] for number, row in enumerate(competition.train.rows)
    ]
    _refused(competition, "no column is the label 'Label'")
    folder = competition.folder / "data"
    ingest(competition.archive(), folder, competition="tiny", choices={"target": "b"})
    assert load_dataset(folder).schema.classes == ("x", "y")


def test_tells_its_progress_in_bytes(competition: Competition, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    ingest(competition.archive(), tmp_path / "d", competition="tiny", on_progress=lambda *what: told.append(what))
    total = len(competition.train.text()) + len(competition.test.text())
    assert told[-1] == ("decoding", total, total)


@pytest.mark.parametrize(("table", "row"), [("train", 0), ("train", 3), ("sample", 3)])
def test_a_line_that_would_fill_the_memory_is_refused(
    competition: Competition, table: str, row: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pixel_rows, csv_table):
        monkeypatch.setattr(module, "LONGEST_LINE", 1 << 20)
    bent = getattr(competition, table)
    line = bent.rows[row - 1] if row else bent.header
    line[-1] = "".join(f"{number}." for number in range(1_300_000))
    with pytest.raises(DataError, match=rf"\.csv, line {row + 1} is too long for a row"):
        ingest(competition.archive(), tmp_path / "data", competition="tiny")


def test_two_tables_of_the_same_claim_are_named(competition: Competition) -> None:
    competition.files["a/train.csv"] = competition.train.text()
    competition.train.rows[0][0] = "2"
    competition.files["b/train.csv"] = competition.train.text()
    with pytest.raises(DataError, match=r"a/train\.csv and b/train\.csv differ"):
        ingest(competition.archive(without="train.csv"), competition.folder / "data", competition="tiny")


def test_a_copy_of_the_table_is_left_out_and_said(competition: Competition) -> None:
    labels = [row[0] for row in competition.train.rows]
    competition.files["TRAIN.CSV"] = competition.train.text().replace("\n3,", "\n1,")
    data = _load(competition)
    assert [str(data.schema.classes[label]) for label in data.train_labels] == labels
    assert (
        "More images are in TRAIN.CSV: they are left out, only train.csv is trained on." in data.schema.assumptions
    )


def test_pixels_without_a_header_are_said(competition: Competition) -> None:
    competition.train.header = competition.train.rows.pop(2)
    competition.train.header[1:3] = ["0", "0"]
    with pytest.raises(DataError, match=r"Line 1 of train\.csv is a row, not a header"):
        _load(competition)


@pytest.mark.parametrize("first", [0, 1])
def test_ids_that_count_rows_are_numbers_of_rows_in_any_order(competition: Competition, first: int) -> None:
    competition.sample.rows = [[str(first + row), "0"] for row in (3, 1, 0, 2)]
    data = _load(competition)
    assert data.test_ids == tuple(str(first + row) for row in range(4))
    assert data.test_images[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert f"its rows are taken for {first} to {first + 3}." in data.schema.assumptions[0]
