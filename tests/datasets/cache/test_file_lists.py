from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.cache.file_lists import FileLists, read_file_lists, save_file_lists
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError


@pytest.fixture
def schema(pictures: ImageCompetition) -> Schema:
    pictures.draw("train/Höhe über/1 a.png", "train/b/2.png", "test/3.png")
    pictures.table("sample_submission.csv", "id,label", "3,b")
    return pictures.load().schema


def _path(pictures: ImageCompetition, schema: Schema) -> Path:
    return pictures.data / "cache" / schema.digest / "files.npz"


def test_each_row_has_its_file_and_each_file_its_size(pictures: ImageCompetition, schema: Schema) -> None:
    lists = read_file_lists(pictures.data, schema)
    assert list(lists.train) == ["train/Höhe über/1 a.png", "train/b/2.png"]
    assert list(lists.test) == ["test/3.png"]
    assert lists.sizes["train/b/2.png"] == len(pictures.files["train/b/2.png"])
    assert set(lists.sizes) == set(pictures.files)
    assert lists.are_whole(pictures.data)
    (pictures.data / "files/test/3.png").write_bytes(b"cut off")
    assert not lists.are_whole(pictures.data)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../x.png", "train/../../x.png"])
def test_files_outside_the_folder_are_refused(pictures: ImageCompetition, schema: Schema, name: str) -> None:
    save_file_lists(_path(pictures, schema).parent, FileLists({name: 1}, [name]))
    with pytest.raises(DataError, match="a file outside the competition's folder"):
        read_file_lists(pictures.data, schema)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off"])
def test_a_damaged_list_is_named_and_made_again(
    pictures: ImageCompetition, schema: Schema, content: bytes | None
) -> None:
    path = _path(pictures, schema)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataError, match=r"files\.npz"):
        read_file_lists(pictures.data, schema)
    pictures.load()
    assert read_file_lists(pictures.data, schema).test


def test_a_row_without_a_file_is_refused(pictures: ImageCompetition, schema: Schema) -> None:
    path = _path(pictures, schema)
    with np.load(path) as loaded:
        arrays = dict(loaded)
    np.savez(path, **arrays | {"train": np.array([0, 99])})
    with pytest.raises(DataError, match=r"files\.npz"):
        read_file_lists(pictures.data, schema)
