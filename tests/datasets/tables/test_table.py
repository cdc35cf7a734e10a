from pathlib import Path

import numpy as np
import pytest
from competition_files import Competition, ImageCompetition
from spreadsheets import SPREADSHEETS

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching.ingest import ingest
from kagglebot.datasets.sample_submission.read import read_sample_file
from kagglebot.datasets.tables.pixel_rows import read_header, read_rows
from kagglebot.datasets.tables.table import open_table, table_rows
from kagglebot.datasets.tables.text_columns import first_values, read_columns
from kagglebot.errors import DataError

TEXT = "id,name,share\n007,Müller,0.25\nb b,Æble,1.5\nc,ø,.5\n"


@pytest.mark.parametrize("form", SPREADSHEETS)
def test_a_table_is_read_whatever_program_saved_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(SPREADSHEETS[form](TEXT))
    header = read_header(path)
    assert header == ("id", "name", "share")
    rows = read_columns(path, header, ["share", "id"])
    assert rows.values == [("0.25", "007"), ("1.5", "b b"), (".5", "c")]
    before = {"blank lines first": 2, "sep=": 1}.get(form, 0)
    assert rows.lines == [2 + before, 3 + before, 4 + before]
    assert first_values(path, header)["name"] == ["Müller", "Æble", "ø"]
    sample = read_sample_file(path)
    assert (sample.columns, sample.ids) == (header, ("007", "b b", "c"))
    assert sample.values == ("Müller", "0.25", "Æble", "1.5", "ø", ".5")


@pytest.mark.parametrize("form", SPREADSHEETS)
def test_pixels_are_read_whatever_program_saved_them(competition: Competition, form: str) -> None:
    tables = {
        "train.csv": competition.train,
        "test.csv": competition.test,
        "sample_submission.csv": competition.sample,
    }
    competition.files = {name: SPREADSHEETS[form](table.text()) for name, table in tables.items()}
    if form == "commas after each row":  # pyarrow reads no rows that are longer than the header; these are known
        competition.files["train.csv"] = competition.files["train.csv"].replace(b"255,", b"255,,")
    folder = competition.folder / "data"
    ingest(competition.archive(), folder, competition="tiny")
    data = load_dataset(folder)
    assert data.train_images[:, :, :, 0].tolist() == [[[row, 0], [128, 255]] for row in range(6)]
    assert [data.schema.classes[label] for label in data.train_labels] == [3, 1, 2, 1, 3, 2]
    assert (data.test_ids, data.test_images.shape) == (("1", "2", "3", "4"), (4, 2, 2, 1))


@pytest.mark.parametrize("form", ["semicolons", "UTF-16", "empty columns"])
def test_labels_of_images_are_read_whatever_program_saved_them(pictures: ImageCompetition, form: str) -> None:
    pictures.draw(*(f"train/{name}.png" for name in "abcd"), "test/x.png")
    pictures.files["train.csv"] = SPREADSHEETS[form]("id,kind\na,oak\nb,elm\nc,oak\nd,elm\n")
    pictures.files["sample_submission.csv"] = SPREADSHEETS[form]("id,kind\nx,oak\n")
    data = pictures.load()
    assert (data.train_labels.tolist(), data.schema.classes) == ([1, 0, 1, 0], ("elm", "oak"))
    assert data.schema.assumptions == ()


def test_tables_may_be_tsv_files(pictures: ImageCompetition, competition: Competition) -> None:
    pictures.draw(*(f"train/{name}.png" for name in "abcd"), "test/x.png")
    pictures.files["train.tsv"] = "id\tkind\na\toak\nb\telm\nc\toak\nd\telm\n"
    pictures.table("sample_submission.csv", "id,kind", "x,oak")
    assert pictures.load().train_labels.tolist() == [1, 0, 1, 0]
    competition.files = {"train.tsv": SPREADSHEETS["tabs"](competition.train.text())}
    schema = ingest(competition.archive(without="train.csv"), competition.folder / "data", competition="tiny")
    assert schema.train_rows == 6


def test_commas_in_names_and_other_signs_are_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id;"height, in cm";name\n1;"1,70";"Beet, red"\n2;1,80;Maize\n')
    assert list(table_rows(path)) == [
        (1, ["id", "height, in cm", "name"]),
        (2, ["1", "1.70", "Beet, red"]),
        (3, ["2", "1.80", "Maize"]),
    ]
    path.write_text('id,"a;b;c;d"\n1,"1,5"\n')
    assert list(table_rows(path)) == [(1, ["id", "a;b;c;d"]), (2, ["1", "1,5"])]


def test_a_plain_table_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,\r\n")
    with open_table(path) as stream:
        assert stream.read() == b"a,b\r\n1,\r\n"


@pytest.mark.parametrize("form", ["UTF-16", "semicolons", "empty columns"])
def test_a_wrong_pixel_is_named_in_any_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(SPREADSHEETS[form]("a,b\n1,2\n\n3,red\n"))
    with pytest.raises(DataError, match=r"train.csv, line [34], column b: 'red' is not a pixel"):
        list(read_rows(path, read_header(path), texts=(), pixels=("a", "b")))


def test_a_large_table_is_rewritten_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    rows = 60_000
    path.write_bytes(
        "".join(f"{row % 256};{row % 7}\n" for row in range(-1, rows)).replace("255;6", "a;b", 1).encode()
    )
    batches = list(read_rows(path, read_header(path), texts=("b",), pixels=("a",)))
    assert np.concatenate([batch.pixels for batch in batches])[:, 0].tolist() == [row % 256 for row in range(rows)]
    assert batches[-1].bytes_read == path.stat().st_size


@pytest.mark.parametrize(("encoding", "form"), [("cp1252", ","), ("cp1252", ";"), ("utf-16", ",")])
def test_what_is_no_text_is_named_with_its_line(tmp_path: Path, encoding: str, form: str) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes("id,name\n1,a\n2,Müller\n".replace(",", form).encode(encoding)[:-1])
    with pytest.raises(DataError, match=r"train.csv, line 3: not CSV text") as caught:
        list(table_rows(path))
    assert "fetch --force" in caught.value.hint and ("in UTF-8" in caught.value.hint) is (encoding == "cp1252")


@pytest.mark.parametrize("form", ["plain", "semicolons"])
def test_a_quotation_mark_that_is_not_closed_is_named(tmp_path: Path, form: str) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(SPREADSHEETS[form]('id,name\n1,a\n2,"b\n3,c\n4,d\n'))
    with pytest.raises(DataError, match=r"train.csv, line 3: not CSV text: a quotation mark is not closed"):
        list(table_rows(path))
    path.write_bytes(SPREADSHEETS[form]('id,name\n1,a\n2,"b\n3"\n'))
    assert list(table_rows(path))[2] == (4, ["2", "b\n3"])


def test_empty_cells_around_the_table_are_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(";;;\n;id;name;\n;1;a;\n;;;\n;2;b;\n;;;\n;;;\n")
    header = read_header(path)
    assert header == ("", "id", "name")
    assert read_columns(path, header, ["id", "name"]).values == [("1", "a"), ("2", "b")]
    assert read_columns(path, header, ["id", "name"]).lines == [3, 5]


def test_unnamed_columns_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(",id,,label,\n0,a,x,oak,\n")
    assert read_header(path) == ("", "id", "column 3", "label")
