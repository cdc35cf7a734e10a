"""Archives in parts are unpacked as if they were whole."""

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from practice_forms.archives import pack

from kagglebot.datasets.archive.parts import Parts, missing_part, split_name
from kagglebot.datasets.archive.unpack import mirror, unpack
from kagglebot.errors import DataError

IMAGES = {f"{row}.jpg": bytes([row]) * 3000 for row in range(4)}
Number = Callable[[int], str]
NUMBERS: list[Number] = [".{:03}".format, ".{}".format, ".part{:02}".format, ".part-{}".format, "_{:02}".format]


def _cut(data: bytes, parts: int) -> list[bytes]:
    size = -(-len(data) // parts)
    return [data[first : first + size] for first in range(0, len(data), size)]


def _parts(name: str, data: bytes, parts: int, number: Number, first: int = 1) -> dict[str, bytes]:
    return {f"{name}{number(first + row)}": part for row, part in enumerate(_cut(data, parts))}


def _archive(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


def _found(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from([".zip", ".tar.gz", ".7z"]),
    parts=st.integers(1, 12),
    number=st.sampled_from(NUMBERS),
    first=st.sampled_from([0, 1]),
    inside=st.sampled_from(["", "data/"]),
)
def test_parts_are_one_archive(
    tmp_path_factory: pytest.TempPathFactory, ending: str, parts: int, number: Number, first: int, inside: str
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    files = _parts(f"{inside}train{ending}", pack(IMAGES, ending), parts, number, first) | {"a.csv": b"id\n"}
    members = unpack(_archive(folder, files), folder / "files")
    expected = {f"{inside}train/{name}": content for name, content in IMAGES.items()} | {"a.csv": b"id\n"}
    assert _found(folder / "files") == expected
    assert {str(member.path) for member in members} == expected.keys()


@pytest.mark.parametrize(("ending", "mark"), [(".zip", "."), (".tar.gz", ""), (".7z", ".part-")])
def test_parts_may_be_numbered_by_letters(tmp_path: Path, ending: str, mark: str) -> None:
    def letters(row: int) -> str:
        return mark + "abc"[row // 26] + chr(ord("a") + row % 26)

    files = _parts(f"train{ending}", pack(IMAGES, ending), 30, letters, 0)
    assert len(files) > 26
    unpack(_archive(tmp_path, files), tmp_path / "files")
    assert _found(tmp_path / "files") == {f"train/{name}": content for name, content in IMAGES.items()}


def test_parts_in_a_mounted_folder(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name, content in _parts("train.csv.gz", gzip.compress(b"id,label\n" * 50), 3, NUMBERS[0]).items():
        (mounted / name).write_bytes(content)
    mirror(mounted, tmp_path / "files")
    assert _found(tmp_path / "files") == {"train.csv": b"id,label\n" * 50}
    assert len(list(mounted.iterdir())) == 3


@pytest.mark.parametrize("missing", ["train.zip.001", "train.zip.003"])
def test_a_missing_part_is_named(tmp_path: Path, missing: str) -> None:
    files = _parts("train.zip", pack(IMAGES, ".zip"), 5, NUMBERS[0])
    del files[missing]
    match = f"train.zip.005 is a part of train.zip, and part {int(missing[-1])} is missing: there are"
    with pytest.raises(DataError, match=re.escape(match)) as caught:
        unpack(_archive(tmp_path, files), tmp_path / "files")
    assert "--force" in caught.value.hint and not (tmp_path / "files").exists()


def test_without_its_last_part_an_archive_is_cut_off(tmp_path: Path) -> None:
    files = _parts("train.zip", pack(IMAGES, ".zip"), 5, NUMBERS[0])
    del files["train.zip.005"]
    with pytest.raises(DataError, match=r"train.zip.001 to train.zip.004 is damaged, cut off"):
        unpack(_archive(tmp_path, files), tmp_path / "files")


def test_parts_that_are_not_joined_are_named(tmp_path: Path) -> None:
    files = {"train.z01": b"PK", "train.zip": pack(IMAGES, ".zip")}
    with pytest.raises(DataError, match=r"last part of an archive in train\.z01 and so on: such are not"):
        unpack(_archive(tmp_path, files), tmp_path / "files")


def test_names_that_are_no_parts_stay(tmp_path: Path) -> None:
    files = {"a.001": b"1", "b.jpg.2": b"2", "c.zip.bak": b"3", "d.tar.bz": b"4", "e.csv.aa": b"5"}
    unpack(_archive(tmp_path, files), tmp_path / "files")
    assert _found(tmp_path / "files") == files
    assert (split_name("a.zip"), missing_part([0, 1, 2]), missing_part([2, 3])) == (("a.zip", None), None, 1)


def test_the_parts_read_as_one_file(tmp_path: Path) -> None:
    whole = bytes(range(256)) * 3
    paths = [tmp_path / f"a.tar.{row}" for row in range(5)]
    for path, content in zip(paths, [b"", whole[:100], b"", whole[100:101], whole[101:]], strict=True):
        path.write_bytes(content)
    parts = Parts(tuple(paths))
    assert (parts.stem, parts.suffix) == ("a", ".tar")
    with parts.open() as stream:
        assert stream.read() == whole and stream.read() == b""
        for place, length in [(0, 5), (99, 3), (700, 200), (900, 5)]:
            assert (stream.seek(place), stream.read(length)) == (place, whole[place : place + length])
        assert stream.seek(-4, io.SEEK_END) == len(whole) - 4 and stream.read() == whole[-4:]
