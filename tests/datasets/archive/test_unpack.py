import hashlib
import shutil
import stat
import struct
import warnings
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from kagglebot.datasets.archive import guard
from kagglebot.datasets.archive.unpack import unpack
from kagglebot.errors import DataError


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def _zip(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that are there twice
        for name, content in entries:
            target.writestr(name, content)
    return path


def _refused(archive: Path, match: str, **limits: float) -> DataError:
    """Unpacking fails with that message, and leaves nothing behind but the archive."""
    folder = archive.parent / "out" / "files"
    with pytest.raises(DataError, match=match) as caught:
        unpack(archive, folder, **limits)  # type: ignore[arg-type]
    assert not folder.exists()
    left = [path for path in archive.parent.rglob("*") if path not in {archive, folder.parent}]
    assert left == []
    assert caught.value.hint
    return caught.value


def test_unpacks_files_in_folders_and_tells_their_digests(archive: Path, tmp_path: Path) -> None:
    _zip(archive, ("b/deep/file.csv", b"1,2\n"), ("empty/", b""), ("a.csv", b""))
    members = unpack(archive, tmp_path / "files")
    assert (tmp_path / "files/b/deep/file.csv").read_bytes() == b"1,2\n"
    assert [(member.path, member.size) for member in members] == [
        (PurePosixPath("a.csv"), 0),
        (PurePosixPath("b/deep/file.csv"), 4),
    ]
    assert members[1].sha256 == hashlib.sha256(b"1,2\n").hexdigest()


def test_tells_its_progress_in_bytes(archive: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    _zip(archive, ("a", b"12345"), ("b", b"678"))
    unpack(archive, tmp_path / "files", on_progress=lambda *what: told.append(what))
    assert told[-1] == ("unpacking", 8, 8)


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "..", "C:/evil", "C:evil", "..\\evil", "\\\\host\\share\\evil"],
)
def test_refuses_paths_that_leave_the_folder(archive: Path, name: str) -> None:
    _refused(_zip(archive, ("good", b"1"), (name, b"2")), "outside its folder")


@pytest.mark.parametrize(
    ("name", "path"),
    [("a\\b", "a/b"), ("line\nbreak", "line_break"), ("bell\x07", "bell_"), ("a\\Icon\r.png", "a/Icon_.png")],
)
def test_odd_names_become_plain_ones(archive: Path, tmp_path: Path, name: str, path: str) -> None:
    members = unpack(_zip(archive, (name, b"2"), ("good", b"1")), tmp_path / "files")
    assert [str(member.path) for member in members] == sorted([path, "good"])
    assert (tmp_path / "files" / path).read_bytes() == b"2"


def test_folders_of_windows_are_folders(archive: Path, tmp_path: Path) -> None:
    unpack(_zip(archive, ("train\\", b""), ("train\\cat\\1.png", b"1")), tmp_path / "files")
    assert (tmp_path / "files/train/cat/1.png").read_bytes() == b"1"


@pytest.mark.parametrize("name", ["M\u00fcller/\u00e9.png", "\u732b/1.png"])
def test_names_in_utf_8_that_do_not_say_so_are_read(archive: Path, tmp_path: Path, name: str) -> None:
    _zip(archive, (name, b"1"))
    content = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flags = content.index(signature) + offset
        content[flags : flags + 2] = bytes(2)  # as macOS leaves them
    archive.write_bytes(content)
    assert [str(member.path) for member in unpack(archive, tmp_path / "files")] == [name]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_refuses_links_and_devices(archive: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (kind | 0o777) << 16
    _refused(_zip(archive, (entry, b"/etc/passwd")), "link is a link or a device")


@pytest.mark.parametrize("second", ["same", "./same"])
def test_refuses_names_that_would_overwrite_each_other(archive: Path, second: str) -> None:
    _refused(_zip(archive, ("same", b"1"), (second, b"2")), "same is in the archive twice")
    _refused(_zip(archive, ("a\\same", b"1"), (f"a/{second}", b"2")), "a/same is in the archive twice")


def test_classes_may_differ_in_case_where_the_disk_tells_them_apart(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _zip(archive, ("a/1.png", b"small"), ("A/1.png", b"capital"))
    with monkeypatch.context() as other_disk:
        other_disk.setattr(guard, "name_key", lambda _: lambda path: str(path).casefold())
        error = _refused(archive, "a/1.png and A/1.png are one file on this disk")
        assert "--workspace" in error.hint
    if not (tmp_path.parent / tmp_path.name.swapcase()).exists():
        unpack(archive, tmp_path / "files")
        assert [(tmp_path / "files" / name / "1.png").read_bytes() for name in "aA"] == [b"small", b"capital"]


def test_a_name_without_any_letter_is_still_one_inside_the_folder(archive: Path, tmp_path: Path) -> None:
    _zip(archive, ("x", b"2"))
    archive.write_bytes(archive.read_bytes().replace(b"x", b"\0"))
    assert [str(member.path) for member in unpack(archive, tmp_path / "files")] == ["_"]


def test_refuses_a_file_with_a_bombs_ratio(archive: Path) -> None:
    _refused(_zip(archive, ("bomb", bytes(4_000_000))), r"bomb unpacks to 4,000,000 bytes .* 200 times")


def test_refuses_a_bomb_of_many_small_files(archive: Path) -> None:
    _refused(_zip(archive, *((f"part{number}", bytes(900_000)) for number in range(4))), "3,600,000 bytes")


def test_takes_a_small_file_that_repeats_itself(archive: Path, tmp_path: Path) -> None:
    unpack(_zip(archive, ("zeros.csv", b"0," * 400_000)), tmp_path / "files")
    assert (tmp_path / "files/zeros.csv").stat().st_size == 800_000


def test_refuses_more_than_the_bound(archive: Path) -> None:
    _refused(_zip(archive, ("a", b"12345"), ("b", b"678")), "8 bytes, more than 7", max_bytes=7)


def test_refuses_what_the_disk_cannot_hold(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type(shutil.disk_usage(archive.parent))(100, 95, 5)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    error = _refused(_zip(archive, ("a", b"123456")), "6 bytes, and the disk of .* has 5 free")
    assert "--workspace" in error.hint


@pytest.mark.parametrize("claimed", [5, 40])
def test_refuses_a_file_that_lies_about_its_size(archive: Path, claimed: int) -> None:
    _zip(archive, ("liar", b"0123456789"))
    data = bytearray(archive.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, claimed)
    archive.write_bytes(data)
    _refused(archive, "damaged")


def test_refuses_a_wrong_checksum(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        target.writestr("a.csv", b"0123456789")
    archive.write_bytes(archive.read_bytes().replace(b"0123456789", b"0123456780"))
    _refused(archive, "damaged.*CRC")


def test_refuses_broken_packed_data(archive: Path) -> None:
    _zip(archive, ("a", bytes(range(256)) * 40))
    data = bytearray(archive.read_bytes())
    data[40:60] = b"\xff" * 20
    archive.write_bytes(data)
    _refused(archive, "damaged")


@pytest.mark.parametrize("kept", [0, 1, 100, -1, -30])
def test_refuses_an_archive_that_is_cut_off(archive: Path, kept: int) -> None:
    _zip(archive, ("a", bytes(range(256)) * 40))
    archive.write_bytes(archive.read_bytes()[:kept])
    error = _refused(archive, "archive.zip is damaged, cut off, or not a zip archive")
    assert "fetch" in error.hint


def test_refuses_an_encrypted_file(archive: Path) -> None:
    _zip(archive, ("secret", b"0123456789"))
    data = bytearray(archive.read_bytes())
    for record, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(record) + flags] |= 1
    archive.write_bytes(data)
    _refused(archive, "secret is encrypted")


def test_refuses_a_file_below_a_file(archive: Path) -> None:
    _zip(archive, ("a", b"1"), ("a/b", b"2"))
    with pytest.raises(DataError, match=r"archive\.zip: a is a file in the archive, and a folder"):
        unpack(archive, archive.parent / "files")
    assert not (archive.parent / "files").exists()


def test_an_absent_archive_is_said(archive: Path) -> None:
    with pytest.raises(DataError, match=r"archive\.zip: No such file"):
        unpack(archive, archive.parent / "files")


def test_refuses_data_that_no_lzma_decoder_understands(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as target:
        target.writestr("a", bytes(range(256)) * 4)
    data = bytearray(archive.read_bytes())
    data[60:70] = b"\xff" * 10
    archive.write_bytes(data)
    _refused(archive, "cannot be unpacked: Corrupt input data")


def test_a_name_longer_than_disks_take_is_cut(archive: Path, tmp_path: Path) -> None:
    _zip(archive, ("train/" + "\u00e9" * 300 + ".png", b"1"), ("good", b"2"))
    members = unpack(archive, tmp_path / "files")
    assert [str(member.path) for member in members] == ["good", "train/" + "\u00e9" * 125 + ".png"]


@pytest.mark.parametrize("inside", ["train/1.png", "train/cat/1.png"])
def test_a_file_and_a_folder_of_one_name_are_named(archive: Path, inside: str) -> None:
    _refused(_zip(archive, (inside, b"1"), ("train", b"2")), "zip: train is a file in the archive, and a folder")


def test_the_drive_in_a_name_is_named(archive: Path) -> None:
    _refused(_zip(archive, ("a:b.txt", b"2")), "outside its folder on Windows, where a: is a drive")
