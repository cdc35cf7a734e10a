import csv
import io
import zipfile
from pathlib import Path

import pytest
from holdout_competition import TEST_ROWS, make_competition, make_workspace

from kagglebot.practice.packing import write_zip

ROWS = TEST_ROWS + 40


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in the form of the real one, whose pixels encode their row number."""
    path = tmp_path_factory.mktemp("real") / "real.zip"
    lines = [f"{row % 10},{row // 256},{row % 256},0,{row % 10}" for row in range(ROWS)]
    text = "\n".join(["label,pixel0,pixel1,pixel2,pixel3", *lines, ""])
    write_zip(path, {"train.csv": text.encode()})
    return path


def test_the_last_rows_and_their_labels_are_held_out(archive: Path, tmp_path: Path) -> None:
    competition = make_competition(archive, tmp_path)

    with zipfile.ZipFile(competition.archive) as zipped:
        train = list(csv.reader(io.StringIO(zipped.read("train.csv").decode())))[1:]
        header, *test = list(csv.reader(io.StringIO(zipped.read("test.csv").decode())))
    assert header == ["pixel0", "pixel1", "pixel2", "pixel3"]
    assert [int(row[1]) * 256 + int(row[2]) for row in train] == list(range(40))
    assert [int(row[0]) * 256 + int(row[1]) for row in test] == list(range(40, ROWS))
    assert competition.hidden is not None
    assert [competition.hidden[str(row)] for row in range(1, TEST_ROWS + 1)] == [row[3] for row in test]


def test_a_smaller_competition_holds_out_the_same_rows(archive: Path, tmp_path: Path) -> None:
    workspace = make_workspace(archive, tmp_path, rows=20)

    schema = workspace.schema("digit-recognizer")
    assert (schema.train_rows, schema.test_rows) == (20, 5)
