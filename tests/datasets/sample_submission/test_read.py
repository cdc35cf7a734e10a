from dataclasses import replace
from pathlib import Path

import pytest

from kagglebot.datasets.sample_submission.read import read_sample, read_sample_file, save_sample
from kagglebot.errors import DataError


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "sample_submission.csv"
    path.write_bytes(content)
    return path


def test_keeps_columns_ids_and_order_as_written(tmp_path: Path) -> None:
    sample = read_sample_file(
        _write(tmp_path, b'\xef\xbb\xbfid,Label \r\n007,0\r\n10,0\r\n"a,b",0\r\n9,0\r\n\r\n')
    )
    assert sample.columns == ("id", "Label ")
    assert (sample.id_column, sample.target_column) == ("id", "Label ")
    assert sample.ids == ("007", "10", "a,b", "9")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: expected an id column and a target column"),
        (b"id\n1\n", "line 1: expected an id column and a target column"),
        (b"id,label\n", "no rows below its header"),
        (b"id,label\nid,label\n1,0\n", "line 2 repeats the header"),
        (b"id,label\n1,0\n\n1,0\n", "line 4: id 1 is already in line 2"),
        (b"id,label\n1,0\n ,0\n", "line 3: the id is empty"),
        (b"id,label\n1,0\n2\n", "line 3: 1 columns where the header has 2"),
        (b"id,label\n" + b"1" * 256 + b",0\n", "line 2: 256 characters are too many"),
        (b"id,label\n\xff\xfe,0\n", "not CSV text"),
    ],
)
def test_names_the_line_that_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"sample_submission.csv.*{message}"):
        read_sample_file(_write(tmp_path, content))


def test_keeps_the_different_answers_of_its_first_rows(tmp_path: Path) -> None:
    sample = read_sample_file(_write(tmp_path, b"id,cat,dog\n1, 0.5,0.25\n2,0.25,0.5\n"))
    assert sample.values == ("0.5", "0.25")


def test_before_fetch_the_hint_is_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="digits") as caught:
        read_sample(tmp_path / "digits")
    assert "kagglebot fetch digits" in caught.value.hint


@pytest.mark.parametrize("content", [b"100,cat\n101,cat\n", b"a,cat\nb,cat\n", b"1.png,0.5,0.1\n2.png,0.1,0.2\n"])
def test_a_first_row_is_no_header(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"Line 1 of sample_submission\.csv is a row, not a header"):
        read_sample_file(_write(tmp_path, content))


@pytest.mark.parametrize("content", [b"id,1\n5,1\n", b"image_name,0,1\na,0,1\n", b"id,label\nid_1,0\n"])
def test_a_header_may_hold_numbers(tmp_path: Path, content: bytes) -> None:
    assert len(read_sample_file(_write(tmp_path, content)).ids) == 1


@pytest.mark.parametrize("content", [b"0\n0\n3\n", b"sad\r\nglad\r\nsad\r\n", b"\xef\xbb\xbf1\n1"])
def test_labels_alone_are_a_sample_without_header_and_ids(tmp_path: Path, content: bytes) -> None:
    path = _write(tmp_path, content)
    labels = content.decode("utf-8-sig").split()
    sample = read_sample_file(path)
    assert sample.bare and sample.ids == ("1", "2", "3")[: len(labels)]
    assert sample.values == tuple(dict.fromkeys(labels))
    save_sample(path, tmp_path / "copy.csv", sample)
    assert read_sample_file(tmp_path / "copy.csv") == sample


@pytest.mark.parametrize("content", [b"id\n1\n1\n", b"1\n2\n3\n"])
def test_one_column_with_a_header_or_of_ids_is_no_sample(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="expected an id column and a target column"):
        read_sample_file(_write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "columns", "place"),
    [
        (b"label,id\na,7\na,8\n", ("id", "label"), 1),
        (b"p,q,Image Name\n0,1,7\n0,1,8\n", ("Image Name", "p", "q"), 2),
        (b"label,id\na,7\nb,8\n", ("label", "id"), 0),
        (b"fname,class_id\n7,1\n8,2\n", ("fname", "class_id"), 0),
    ],
)
def test_ids_may_stand_in_a_later_column(
    tmp_path: Path, content: bytes, columns: tuple[str, ...], place: int
) -> None:
    source = _write(tmp_path, content)
    sample = read_sample_file(source)
    assert (sample.columns, sample.id_place) == (columns, place)
    assert "7" in sample.ids or place == 0
    save_sample(source, tmp_path / "copy.csv", replace(sample, ids=(*sample.ids, "9")))
    last = (tmp_path / "copy.csv").read_text().splitlines()[-1].split(",")
    assert last[place] == "9" and len(last) == len(columns)


def test_two_columns_that_repeat_are_no_ids(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="id a is already in line 2"):
        read_sample_file(_write(tmp_path, b"label,id\na,7\na,7\n"))
