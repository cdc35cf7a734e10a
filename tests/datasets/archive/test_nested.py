import bz2
import gzip
import hashlib
import io
import lzma
import os
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import py7zr
import pytest

from kagglebot.datasets.archive.guard import Extraction, UnpackLimits
from kagglebot.datasets.archive.unpack import unpack
from kagglebot.errors import DataError
from kagglebot.system.progress import no_progress

Files = dict[str, bytes]
Builder = Callable[[Files], bytes]

NOISE = bytes(range(256)) * 40
IMAGES = {"cat.0.jpg": b"cat", "dog.0.jpg": b"dog"}


def _zip(files: Files) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return stream.getvalue()


def _tar(files: Files, **changes: object) -> bytes:
    """Make a tar archive; ``changes`` are to what it says of each file."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as target:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for attribute, value in changes.items():
                setattr(entry, attribute, value)
            target.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _tar_gz(files: Files) -> bytes:
    return gzip.compress(_tar(files))


def _seven_zip(files: Files) -> bytes:
    """Make a 7z archive, with names that py7zr itself would refuse to write."""
    stream = io.BytesIO()
    plain = {name: f"{number:0{len(name)}}" for number, name in enumerate(files)}
    with py7zr.SevenZipFile(stream, "w") as target:
        target.set_encoded_header_mode(False)
        for name, content in files.items():
            target.writef(io.BytesIO(content), plain[name])
    data = stream.getvalue()
    for name, written in plain.items():
        data = _in_header(data, f"{written}\0".encode("utf-16-le"), f"{name}\0".encode("utf-16-le"))
    return data


def _in_header(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace the last of those bytes in a 7z archive's header, and make its checksums right again."""
    at = data.rindex(old)
    data = data[:at] + new + data[at + len(old) :]
    start, size = struct.unpack("<QQ", data[12:28])
    header = data[32 + start : 32 + start + size]
    told = data[12:28] + struct.pack("<I", zlib.crc32(header))
    return data[:8] + struct.pack("<I", zlib.crc32(told)) + told + data[32:]


BUILDERS: dict[str, Builder] = {"zip": _zip, "tar": _tar, "tar.gz": _tar_gz, "7z": _seven_zip}
every_format = pytest.mark.parametrize("ending", BUILDERS)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def _unpacked(archive: Path, files: Files) -> dict[str, bytes]:
    """Unpack an archive that holds those files, and check that its members are what is on the disk."""
    archive.write_bytes(_zip(files))
    folder = archive.parent / "files"
    members = unpack(archive, folder)
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    told = {str(member.path): (member.size, member.sha256) for member in members}
    assert told == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in found.items()}
    assert [member.path for member in members] == sorted(PurePosixPath(name) for name in found)
    assert not [path for path in archive.parent.iterdir() if path not in {archive, folder}]
    return found


def _refused(archive: Path, files: Files, match: str, **limits: float) -> DataError:
    """Unpacking fails with a message that names the outer archive, and leaves nothing behind but it."""
    archive.write_bytes(_zip(files))
    folder = archive.parent / "out" / "files"
    with pytest.raises(DataError, match=rf"archive\.zip.*{match}") as caught:
        unpack(archive, folder, **limits)  # type: ignore[arg-type]
    assert [path for path in archive.parent.rglob("*") if path not in {archive, folder.parent}] == []
    assert caught.value.hint
    return caught.value


@every_format
def test_an_inner_archive_becomes_a_folder_of_its_name(archive: Path, ending: str) -> None:
    inner = BUILDERS[ending]({**IMAGES, "more/deep.txt": b""})
    found = _unpacked(archive, {f"x/train.{ending}": inner, "sample.csv": b"id\n"})
    assert found == {
        "x/train/cat.0.jpg": b"cat",
        "x/train/dog.0.jpg": b"dog",
        "x/train/more/deep.txt": b"",
        "sample.csv": b"id\n",
    }


@every_format
def test_a_folder_of_the_same_name_inside_is_not_doubled(archive: Path, ending: str) -> None:
    found = _unpacked(archive, {f"train.{ending}": BUILDERS[ending]({f"train/{name}": b"1" for name in IMAGES})})
    assert set(found) == {"train/cat.0.jpg", "train/dog.0.jpg"}


@every_format
def test_a_single_file_goes_beside_the_archive(archive: Path, ending: str) -> None:
    found = _unpacked(archive, {f"x/train.csv.{ending}": BUILDERS[ending]({"train.csv": b"id,target\n"})})
    assert found == {"x/train.csv": b"id,target\n"}


@pytest.mark.parametrize(
    ("ending", "compress"),
    [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("GZ", gzip.compress)],
)
def test_a_compressed_file_loses_its_last_ending(
    archive: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    assert _unpacked(archive, {f"x/train.csv.{ending}": compress(b"id\n")}) == {"x/train.csv": b"id\n"}


@pytest.mark.parametrize(
    ("name", "compress"),
    [
        ("train.tgz", gzip.compress),
        ("train.tar.bz2", bz2.compress),
        ("train.tbz2", bz2.compress),
        ("train.tar.xz", lzma.compress),
        ("TRAIN.TAR.XZ", lzma.compress),
    ],
)
def test_a_compressed_tar_becomes_a_folder(archive: Path, name: str, compress: Callable[[bytes], bytes]) -> None:
    found = _unpacked(archive, {name: compress(_tar(IMAGES))})
    assert set(found) == {f"{name[:5]}/cat.0.jpg", f"{name[:5]}/dog.0.jpg"}


def test_names_in_capitals_are_archives_too(archive: Path) -> None:
    found = _unpacked(archive, {"A.ZIP": _zip(IMAGES), "B.7Z": _seven_zip(IMAGES), "C.TAR": _tar(IMAGES)})
    assert set(found) == {f"{folder}/{name}" for folder in "ABC" for name in IMAGES}


def test_a_tar_that_begins_with_its_own_folder_unpacks(archive: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as target:
        folder = tarfile.TarInfo("./")
        folder.type = tarfile.DIRTYPE
        target.addfile(folder)
        for name in ("./a", "./b"):
            target.addfile(tarfile.TarInfo(name))
    assert set(_unpacked(archive, {"x.tar": stream.getvalue()})) == {"x/a", "x/b"}


def test_archives_three_deep_unpack(archive: Path) -> None:
    deep = _zip({"b.tar.gz": _tar_gz({"c.7z": _seven_zip(IMAGES), "c.txt": b""}), "b.txt": b""})
    found = _unpacked(archive, {"a.zip": deep})
    assert set(found) == {"a/b/c/cat.0.jpg", "a/b/c/dog.0.jpg", "a/b/c.txt", "a/b.txt"}


def test_refuses_archives_four_deep(archive: Path) -> None:
    inner = _zip(IMAGES)
    for name in "dcb":
        inner = _zip({f"{name}.zip": inner})
    _refused(archive, {"a.zip": inner}, "a.zip: b.zip: c.zip: d.zip is more than 3 archives deep")


def test_the_same_file_packed_and_unpacked_is_one(archive: Path) -> None:
    assert _unpacked(archive, {"a.csv": b"1", "a.csv.gz": gzip.compress(b"1")}) == {"a.csv": b"1"}


def test_refuses_to_overwrite_a_file_outside_the_inner_archive(archive: Path) -> None:
    there = "train/cat.0.jpg"
    files = {there: b"other", "train.zip": _zip(IMAGES)}
    _refused(archive, files, rf"train\.zip: cat\.0\.jpg is there twice: it would overwrite {there}")


def test_what_macos_adds_is_left_out(archive: Path) -> None:
    junk = {"__MACOSX/._cat.0.jpg": b"1", ".DS_Store": b"2", "._dog.0.jpg": b"3", "Icon\r": b"", "a/Icon\r": b""}
    found = _unpacked(
        archive,
        {**junk, "a.zip": _zip(IMAGES | junk), "b.tar": _tar(IMAGES | junk), "c.7z": _seven_zip(IMAGES | junk)},
    )
    assert set(found) == {f"{folder}/{name}" for folder in "abc" for name in IMAGES}


def test_progress_ends_with_everything_that_was_unpacked(archive: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    inner = _tar_gz(IMAGES)
    archive.write_bytes(_zip({"train.tar.gz": inner}))
    unpack(archive, archive.parent / "files", on_progress=lambda *what: told.append(what))
    size = len(inner) + len(gzip.decompress(inner)) + len(b"catdog")
    assert told[-1] == ("unpacking", size, size)


@every_format
@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "C:/evil", "..\\evil"])
def test_refuses_inner_paths_that_leave_the_folder(archive: Path, ending: str, name: str) -> None:
    inner = BUILDERS[ending]({"good": b"1", name: b"2"})
    _refused(archive, {f"x/train.{ending}": inner}, rf"x/train\.{ending}.*outside its folder")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("...zip", _zip(IMAGES)),
        ("x/...tar", _tar(IMAGES)),
        ("...7z", _seven_zip(IMAGES)),
        ("...gz", gzip.compress(b"1", mtime=0)),
        ("...tar.gz", _tar_gz(IMAGES)),
        ("...tgz", _tar_gz(IMAGES)),
    ],
)
def test_refuses_archives_whose_own_name_leaves_the_folder(archive: Path, name: str, content: bytes) -> None:
    _refused(archive, {name: content}, "outside its folder")


@every_format
def test_odd_inner_names_become_plain_ones(archive: Path, ending: str) -> None:
    inner = BUILDERS[ending]({"line\nbreak": b"1", "train\\cat.0.jpg": b"2"})
    assert _unpacked(archive, {f"a.{ending}": inner}) == {"a/line_break": b"1", "a/train/cat.0.jpg": b"2"}


def test_names_that_are_no_unicode_are_taken_for_latin_1(archive: Path) -> None:
    inner = _tar({"caf_.jpg": b"1"}).replace(b"caf_", b"caf\xe9")
    checksum = sum(inner[:148]) + 8 * 32 + sum(inner[156:512])
    inner = inner[:148] + b"%06o\0 " % checksum + inner[156:]
    assert _unpacked(archive, {"a.tar": inner}) == {"caf\u00e9.jpg": b"1"}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE]
)
def test_refuses_links_and_devices_in_a_tar(archive: Path, kind: bytes) -> None:
    inner = _tar({"link": b""}, type=kind, linkname="/etc/passwd")
    _refused(archive, {"a.tar": inner}, r"a\.tar: link is a link or a device")


def test_refuses_a_link_in_an_inner_zip(archive: Path) -> None:
    stream = io.BytesIO()
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(stream, "w") as target:
        target.writestr(entry, "/etc/passwd")
    _refused(archive, {"a.zip": stream.getvalue()}, r"a\.zip: link is a link or a device")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_refuses_links_and_devices_in_a_7z(archive: Path, kind: int) -> None:
    inner = _seven_zip({"link": b"/etc/passwd"})
    with py7zr.SevenZipFile(io.BytesIO(inner)) as source:
        (entry,) = source.files
        attributes = entry.file_properties()["attributes"]
    told = attributes & 0xFFFF | 0x8000 | (kind | 0o644) << 16
    inner = _in_header(inner, struct.pack("<I", attributes), struct.pack("<I", told))
    _refused(archive, {"a.7z": inner}, r"a\.7z: link is a link or a device")


@every_format
def test_refuses_inner_names_that_would_overwrite_each_other(archive: Path, ending: str) -> None:
    inner = BUILDERS[ending]({"a\\same": b"1", "a/same": b"2"})
    _refused(archive, {f"a.{ending}": inner}, "a/same is in the archive twice")


@every_format
def test_refuses_an_inner_bomb(archive: Path, ending: str) -> None:
    inner = BUILDERS[ending]({"bomb": bytes(4_000_000), "other": b""})
    _refused(archive, {f"a.{ending}": inner, "noise": os.urandom(200_000)}, rf"a\.{ending}.* 200 times its size")


def test_refuses_a_compressed_bomb(archive: Path) -> None:
    _refused(
        archive,
        {"a.gz": gzip.compress(bytes(4_000_000)), "noise": os.urandom(200_000)},
        r"a\.gz: a unpacks to [\d,]+ bytes .* 200 times",
    )


def test_refuses_a_bomb_that_no_single_level_shows(archive: Path) -> None:
    part = gzip.compress(b"0" * 500_000)  # small enough to be harmless, and so alike that many pack into little
    inner = _tar_gz({f"part{number}.gz": part for number in range(100)})
    _refused(archive, {"a.tar.gz": inner}, r" unpacks to [\d,]+ bytes .* 200 times")


@every_format
def test_the_limit_holds_for_all_levels_together(archive: Path, ending: str) -> None:
    inner = BUILDERS[ending]({"a": NOISE, "b": NOISE})
    limit = len(inner) + len(NOISE)
    _refused(archive, {f"a.{ending}": inner}, rf"bytes, more than {limit:,}", max_bytes=limit)


def test_refuses_an_inner_archive_whose_folder_is_a_file(archive: Path) -> None:
    archive.write_bytes(_zip({"train": b"1", "train.zip": _zip(IMAGES)}))
    with pytest.raises(DataError, match=r"unpack .*archive\.zip"):
        unpack(archive, archive.parent / "files")
    assert list(archive.parent.iterdir()) == [archive]


def test_refuses_an_archive_without_a_file_that_it_lists(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(NOISE)
    extraction = Extraction(
        "a.zip", 100, tmp_path, UnpackLimits(tmp_path / "a.zip", tmp_path, 1000, 200, no_progress)
    )
    extraction.admit("there", 0)
    extraction.admit("absent", 0)
    extraction.begin()
    with extraction.open_file(PurePosixPath("there")):
        pass
    with pytest.raises(DataError, match="lists 2 files and holds 1"):
        extraction.finish()


@every_format
@pytest.mark.parametrize("kept", [0, 20, -700, -1200])
def test_refuses_an_inner_archive_that_is_cut_off(archive: Path, ending: str, kept: int) -> None:
    inner = BUILDERS[ending]({"a": os.urandom(2000), "b": os.urandom(2000)})
    if ending == "tar":
        inner = inner.rstrip(b"\0")  # what fills the last record may be lost without harm
    _refused(archive, {f"x/train.{ending}": inner[:kept]}, rf"x/train\.{ending}.* is damaged")


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "7z"])  # which has no checksum of its content
def test_refuses_an_inner_archive_with_broken_content(archive: Path, ending: str) -> None:
    inner = bytearray(BUILDERS[ending]({"a": os.urandom(2000), "b": b""}))
    inner[500:504] = bytes(byte ^ 0xFF for byte in inner[500:504])
    _refused(archive, {f"train.{ending}": bytes(inner)}, rf"train\.{ending}.* is damaged")


def test_refuses_a_tar_with_a_broken_header_in_its_middle(archive: Path) -> None:
    inner = bytearray(_tar({"a": NOISE, "b": NOISE}))
    inner[inner.index(b"b\0\0\0", 512) + 1] = ord("x")
    _refused(archive, {"a.tar": bytes(inner)}, "a.tar is damaged or cut off: the header at byte 10,752")


@pytest.mark.parametrize("size", [-512, -(2**40), 2**63, 2**80])
def test_refuses_a_tar_that_claims_an_impossible_size(archive: Path, size: int) -> None:
    header = bytearray(_tar({"a": NOISE})[:512])
    header[124:136] = (b"\xff" if size < 0 else b"\x80") + size.to_bytes(11, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    inner = _tar({"first": b"1"})[:1024] + bytes(header) + bytes(4096)
    _refused(archive, {"a.tar": inner}, r"a\.tar")


def test_refuses_a_tar_without_an_end(archive: Path) -> None:
    inner = _tar({"a": NOISE})[: 512 + len(NOISE)]
    _refused(archive, {"a.tar": inner}, "a.tar is damaged or cut off: its end is missing")


@pytest.mark.parametrize("ending", ["zip", "tar", "7z", "gz", "bz2", "xz", "tgz"])
def test_refuses_what_is_no_archive_in_spite_of_its_name(archive: Path, ending: str) -> None:
    _refused(archive, {f"x/readme.{ending}": b"Hello, this is text. " * 60}, rf"x/readme\.{ending} .*damaged")


def test_refuses_an_encrypted_inner_zip(archive: Path) -> None:
    inner = bytearray(_zip({"secret": b"1"}))
    for record, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        inner[inner.index(record) + flags] |= 1
    _refused(archive, {"a.zip": bytes(inner)}, r"a\.zip: secret is encrypted")


@pytest.mark.parametrize("header", [False, True])
def test_refuses_an_encrypted_7z(archive: Path, header: bool) -> None:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", password="secret", header_encryption=header) as target:
        target.writestr(b"1", "a")
    _refused(archive, {"a.7z": stream.getvalue()}, r"a\.7z: its .* is encrypted")


def test_refuses_a_7z_whose_decoder_would_want_all_the_memory(archive: Path) -> None:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", filters=[{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 16}]) as target:
        target.set_encoded_header_mode(False)
        target.writestr(b"1", "a")
    method = b"\x03\x04\x01\x07\x06"  # its name, the length of what follows in py7zr's form, its order
    greedy = _in_header(stream.getvalue(), method + b"\0\0\1\0", method + b"\xff\xff\xff\xff")
    _refused(archive, {"a.7z": greedy}, r"a\.7z takes 4,294,967,295 bytes of memory to unpack")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory hold there")
def test_refuses_a_stream_that_wants_more_memory_than_there_is(archive: Path) -> None:
    greedy = bytearray(lzma.compress(b"1", preset=0))
    size = (greedy[12] + 1) * 4
    greedy[16] = 40  # the code of a dictionary of 4 GiB
    greedy[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(greedy[12 : 12 + size - 4]))
    path = archive.parent / "greedy.zip"
    path.write_bytes(_zip({"a.csv.xz": bytes(greedy)}))
    program = (
        "import resource, sys; from pathlib import Path; from kagglebot.datasets.archive.unpack import unpack; "
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); unpack(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, str(path), str(archive.parent / "files")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("a.csv.xz is damaged or cut off: MemoryError."), done.stderr
