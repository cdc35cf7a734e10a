"""Unpacks what Kaggle sent, trusting nothing in it.

No entry leaves the folder or becomes a link, what the archive says about its sizes is held against it, every
checksum is verified, and the folder appears whole or not at all.
"""

import hashlib
import os
import shutil
import stat
import threading
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from uuid import uuid4

from kagglebot.errors import DataError
from kagglebot.files import disk_errors
from kagglebot.progress import Progress, silent

#: An archive that unpacks to more is refused (200 GB: the largest image competitions stay below).
MAX_BYTES = 200 * 10**9
#: Bytes unpacked for each byte packed: pixel columns reach about 10, images 1, deflate's bombs 1000.
MAX_RATIO = 200.0

_CHUNK = 1 << 20
# Below this, a high ratio is only a small file that repeats itself.
_HARMLESS_BYTES = 1 << 20
_AGAIN = "Run `kagglebot fetch --force` to download it again."
_UNTRUSTED = "Nothing was unpacked. Do not use this archive; compare it with the one on Kaggle's data page."


@dataclass(frozen=True)
class Member:
    """One unpacked file: its path inside the folder, its size in bytes, and the SHA-256 of its content."""

    path: PurePosixPath
    size: int
    sha256: str


def unpack(
    archive: Path,
    folder: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_ratio: float = MAX_RATIO,
    progress: Progress | None = None,
) -> list[Member]:
    """Unpack a zip archive into ``folder``, which must not exist yet.

    Args:
        archive: The file as Kaggle sent it.
        folder: Appears once everything is unpacked and verified.
        max_bytes: Refuse an archive that unpacks to more.
        max_ratio: Refuse files, or an archive, that unpack to more than this many times their packed size.
        progress: Told the bytes unpacked so far and their total.

    Raises:
        DataError: The archive is cut off, damaged or hostile, or the disk refuses; ``folder`` was not made.
    """
    with _zip_errors(archive), disk_errors(f"unpack {archive}"), zipfile.ZipFile(archive) as source:
        entries = _checked(source, archive, max_bytes, max_ratio)
        total = sum(entry.file_size for entry in entries.values())
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(archive, folder.parent, total)
        temporary = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
        try:
            temporary.mkdir()
            members = _extract(source, entries, temporary, total, progress or silent)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return members


@contextmanager
def _zip_errors(archive: Path) -> Iterator[None]:
    """Say what zipfile, zlib and the decompressors mean."""
    try:
        yield
    except zipfile.BadZipFile as error:
        raise DataError(f"{archive} is damaged, cut off, or no zip archive ({error}).", _AGAIN) from error
    except (zlib.error, EOFError) as error:
        raise DataError(f"{archive} is damaged: its packed data ends or breaks ({error}).", _AGAIN) from error
    except (NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise DataError(f"{archive} cannot be unpacked: {error}.", _AGAIN) from error


def _checked(
    source: zipfile.ZipFile, archive: Path, max_bytes: int, max_ratio: float
) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """Give the files to unpack by their path, after everything that can be known beforehand is checked."""
    entries: dict[PurePosixPath, zipfile.ZipInfo] = {}
    taken: set[str] = set()
    for entry in source.infolist():
        path = _safe_path(archive, entry)
        if entry.is_dir():
            continue
        if entry.flag_bits & 0x1:
            raise DataError(f"{archive}: {entry.filename} is encrypted.", _UNTRUSTED)
        key = str(path).casefold()  # two names that are one on some disks would overwrite each other
        if key in taken:
            raise DataError(f"{archive}: {entry.filename} is in the archive twice.", _UNTRUSTED)
        taken.add(key)
        _check_ratio(f"{archive}: {entry.filename}", entry.file_size, entry.compress_size, max_ratio)
        entries[path] = entry
    total = sum(entry.file_size for entry in entries.values())
    # Entries may share packed bytes, so the archive's own size is what the total is held against.
    _check_ratio(str(archive), total, archive.stat().st_size, max_ratio)
    if total > max_bytes:
        raise DataError(f"{archive} unpacks to {total:,} bytes, more than {max_bytes:,}.", _UNTRUSTED)
    return entries


def _safe_path(archive: Path, entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.orig_filename  # zipfile already cuts its own `filename` at a NUL and turns separators round
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    if path.is_absolute() or windows.drive or windows.root or ".." in windows.parts or not path.parts:
        raise DataError(f"{archive}: {name!r} would be written outside its folder.", _UNTRUSTED)
    if "\\" in name or (":" in name and os.name == "nt") or any(ord(character) < 32 for character in name):
        raise DataError(f"{archive}: {name!r} is not a plain file name.", _UNTRUSTED)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise DataError(f"{archive}: {name} is a link or a device, not a file.", _UNTRUSTED)
    return path


def _check_ratio(what: str, size: int, packed: int, max_ratio: float) -> None:
    if size > _HARMLESS_BYTES and size > max_ratio * packed:
        raise DataError(
            f"{what} unpacks to {size:,} bytes from {packed:,}, more than {max_ratio:g} times its size.",
            _UNTRUSTED,
        )


def _check_space(archive: Path, folder: Path, total: int) -> None:
    free = shutil.disk_usage(folder).free
    if total > free:
        raise DataError(
            f"{archive} unpacks to {total:,} bytes, and the disk of {folder} has {free:,} free.",
            "Free some space on that disk, or choose another with --workspace, and run the same command again.",
        )


def _extract(
    source: zipfile.ZipFile,
    entries: dict[PurePosixPath, zipfile.ZipInfo],
    folder: Path,
    total: int,
    progress: Progress,
) -> list[Member]:
    """Unpack in two threads (inflate and checksums leave Python's lock), the largest files first."""
    tally = _Tally()
    for path in entries:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    largest_first = sorted(entries.items(), key=lambda item: -item[1].file_size)
    with ThreadPoolExecutor(2, thread_name_prefix="unpack") as pool:
        try:
            jobs: set[Future[Member]] = {
                pool.submit(_extract_one, source, entry, folder, path, tally) for path, entry in largest_first
            }
            pending = jobs
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
                for job in done:
                    job.result()
                progress("unpacking", tally.done, total)
        finally:
            tally.stop.set()
            pool.shutdown(cancel_futures=True)
    return sorted((job.result() for job in jobs), key=lambda member: member.path)


class _Tally:
    """What the unpacking threads share: bytes done, and whether to stop."""

    def __init__(self) -> None:
        self.done = 0
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.done += count


def _extract_one(
    source: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, path: PurePosixPath, tally: _Tally
) -> Member:
    digest = hashlib.sha256()
    size = 0
    # Reading stops at the size the entry claims and compares the checksum there, so a larger one cannot pass.
    with source.open(entry) as packed, (folder / path).open("xb") as unpacked:
        while not tally.stop.is_set() and (chunk := packed.read(_CHUNK)):
            unpacked.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            tally.add(len(chunk))
    if size != entry.file_size and not tally.stop.is_set():
        raise zipfile.BadZipFile(f"{entry.filename} holds {size:,} bytes and claims {entry.file_size:,}")
    return Member(path, size, digest.hexdigest())
