"""The checks of every archive format: paths, sizes, and the content that comes out."""

import hashlib
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

#: In hints; ``fetch`` says what is true instead where nothing is downloaded.
AGAIN = "If the download went wrong, `kagglebot fetch --force` downloads it again."
UNTRUSTED = "Nothing was unpacked. Do not use these files; compare them with those on Kaggle's data page."

_TELL_CASES_APART = "Choose a folder on a disk that tells small from capital letters, with --workspace."
_STRAY_BYTE = re.compile("[\udc80-\udcff]")  # as Python decodes a byte that is not in UTF-8
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SYSTEM_FOLDERS = re.compile(
    r"__MACOSX.*|__pycache__|@eaDir|lost\+found|System Volume Information|\$RECYCLE\.BIN|\.Trash.*", re.IGNORECASE
)
# A file below this size may have any ratio: it only repeats itself.
_HARMLESS_BYTES = 1 << 20
_REPORT_SECONDS = 0.1
_LONGEST_NAME = 255  # bytes in UTF-8


@dataclass(frozen=True)
class Member:
    """One unpacked file: its path inside the folder, its size in bytes, and the SHA-256 of its content."""

    path: PurePosixPath
    size: int
    sha256: str


class UnpackLimits:
    """The limits of an archive and all the archives inside it together, and the bytes written so far.

    ``folder`` exists on the disk that is written to; ``max_ratio`` is of a file's or an archive's packed size.
    """

    def __init__(
        self, archive: Path, folder: Path, max_bytes: int, max_ratio: float, on_progress: ProgressCallback
    ) -> None:
        self.max_ratio = max_ratio
        self.stop = threading.Event()
        self._archive = archive
        self._folder = folder
        files = archive.rglob("*") if archive.is_dir() else (archive,)
        self._packed = sum(each.stat().st_size for each in files if each.is_file())
        self._max_bytes = max_bytes
        self._on_progress = on_progress
        self._expected = 0
        self._done = 0
        self._reported = 0.0
        self._lock = threading.Lock()

    def expect(self, label: str, size: int) -> None:
        """Count the bytes that ``label`` will unpack to; raise DataError if limits or the disk allow less."""
        self._expected += size
        self._check(self._expected)
        free = shutil.disk_usage(self._folder).free
        if size > free:
            raise DataError(
                f"{label} unpacks to {size:,} bytes, and the disk of {self._folder} has {free:,} free.",
                "Free some space on that disk and run the same command again, or choose another with --workspace.",
            )

    def count_written(self, size: int) -> None:
        """Count bytes that were written; raise DataError if they are too many."""
        with self._lock:
            self._done += size
            self._check(self._done)

    def _check(self, total: int) -> None:
        # Entries may share packed bytes, so the total is compared with the size of the archive itself.
        check_ratio(str(self._archive), total, self._packed, self.max_ratio)
        if total > self._max_bytes:
            raise DataError(
                f"{self._archive} unpacks to {total:,} bytes, more than {self._max_bytes:,}.", UNTRUSTED
            )

    def report(self, *, last: bool = False) -> None:
        """Call ``on_progress``, at most ten times a second."""
        if last or time.monotonic() - self._reported >= _REPORT_SECONDS:
            self._reported = time.monotonic()
            self._on_progress("unpacking", self._done, max(self._done, self._expected))


class Extraction:
    """The unpacking of one archive into an empty folder.

    A format calls ``admit`` for each entry before it writes anything, then ``begin`` once, and writes each file
    with ``open_file``; its caller calls ``finish``. ``label`` is the archive's name in messages, after the archive
    that holds it, and ``packed`` its size in bytes.
    """

    def __init__(self, label: str, packed: int, folder: Path, limits: UnpackLimits) -> None:
        self.label = label
        self.folder = folder
        self.limits = limits
        self._members: list[Member] = []
        self._packed = packed
        self._claimed = 0
        self._sizes: dict[PurePosixPath, int | None] = {}
        self._taken: dict[str, PurePosixPath] = {}
        self._key = name_key(folder)

    def admit(
        self,
        name: str,
        size: int | None,
        *,
        packed: int | None = None,
        is_file: bool = True,
        is_folder: bool = False,
    ) -> PurePosixPath | None:
        """Check an entry, and return the path to write it to; None for folders, and for files that systems add.

        ``size`` are the bytes it claims to hold, ``packed`` those it takes; None where they are not recorded.

        Raises:
            DataError: It would leave the folder, is a link or a device, is there twice, or exceeds the ratio.
        """
        path = safe_path(self.label, readable(name))
        if size is not None and size < 0:
            raise self.damaged(f"{name} claims {size:,} bytes")
        self._claimed += size or 0
        if not (is_file or is_folder):
            raise DataError(f"{self.label}: {name} is a link or a device, not a file.", UNTRUSTED)
        if is_folder or is_junk(path, name):
            return None
        other = self._taken.setdefault(self._key(path), path)
        if path in self._sizes:
            raise DataError(f"{self.label}: {path} is in the archive twice.", UNTRUSTED)
        if other != path:
            raise DataError(f"{self.label}: {other} and {path} are one file on this disk.", _TELL_CASES_APART)
        if packed is not None and size is not None:
            check_ratio(f"{self.label}: {name}", size, packed, self.limits.max_ratio)
        self._sizes[path] = size
        return path

    def encrypted(self, name: str) -> DataError:
        """Return the error for an entry that needs a password."""
        return DataError(f"{self.label}: {name} is encrypted.", UNTRUSTED)

    def damaged(self, reason: object) -> DataError:
        """Return the error for an archive that cannot be read."""
        return DataError(f"{self.label} is damaged or cut off: {reason}.", AGAIN)

    def begin(self) -> None:
        """Make the folders of all admitted files; raise DataError if these are too large together."""
        check_ratio(self.label, self._claimed, self._packed, self.limits.max_ratio)
        self.limits.expect(self.label, sum(size or 0 for size in self._sizes.values()))
        folders = {path.parent for path in self._sizes}
        above = {path for folder in folders for path in (folder, *folder.parents)}
        if both := next(iter(above & self._sizes.keys()), None):
            raise DataError(f"{self.label}: {both} is a file in the archive, and a folder.", UNTRUSTED)
        for parent in folders:
            (self.folder / parent).mkdir(parents=True, exist_ok=True)

    def finish(self) -> list[Member]:
        """Return the files that were written; raise DataError if admitted ones are missing."""
        if len(self._members) != len(self._sizes):
            raise self.damaged(f"it lists {len(self._sizes)} files and holds {len(self._members)}")
        return self._members

    @contextmanager
    def open_file(self, path: PurePosixPath) -> Iterator[Callable[[bytes], None]]:
        """Yield a function that appends bytes to an admitted file, as many as it claims, else raises DataError."""
        claimed = self._sizes[path]
        digest = hashlib.sha256()
        size = 0
        with (self.folder / path).open("xb") as stream:

            def write(data: bytes) -> None:
                nonlocal size
                size += len(data)
                if claimed is None:
                    check_ratio(f"{self.label}: {path}", size, self._packed, self.limits.max_ratio)
                elif size > claimed:
                    raise self.damaged(f"{path} holds more than the {claimed:,} bytes it claims")
                self.limits.count_written(len(data))
                stream.write(data)
                digest.update(data)

            yield write
        if self.limits.stop.is_set():
            return
        if claimed is not None and size != claimed:
            raise self.damaged(f"{path} holds {size:,} bytes and claims {claimed:,}")
        self._members.append(Member(path, size, digest.hexdigest()))


def check_ratio(what: str, size: int, packed: int, max_ratio: float) -> None:
    """Raise DataError if something unpacks to more than ``max_ratio`` times its packed size."""
    if size > _HARMLESS_BYTES and size > max_ratio * packed:
        raise DataError(
            f"{what} unpacks to {size:,} bytes from {packed:,}, more than {max_ratio:g} times its size.", UNTRUSTED
        )


def name_key(folder: Path) -> Callable[[PurePosixPath], str]:
    """Return a function that returns the same for paths that are one file on the disk of an existing folder."""
    if folder.with_name(folder.name.swapcase()).exists():
        return lambda path: str(path).casefold()
    return str


def readable(name: str) -> str:
    """Return the name of an entry with / between folders, as Windows does not write it, and without odd signs.

    Bytes that are not in UTF-8 are taken for Latin-1; other signs that cannot be printed become ``_``. What is
    longer than disks take is cut before its ending.
    """
    name = _STRAY_BYTE.sub(lambda match: chr(ord(match[0]) & 0xFF), name.replace("\\", "/"))
    return "/".join(map(_shortened, _UNPRINTABLE.sub("_", name).split("/")))


def _shortened(part: str) -> str:
    if len(part.encode()) <= _LONGEST_NAME:
        return part
    ending = PurePosixPath(part).suffix[:10]
    return part.encode()[: _LONGEST_NAME - len(ending.encode())].decode(errors="ignore") + ending


def safe_path(label: str, name: str) -> PurePosixPath:
    """Return a name as a path that stays in its folder on every system; raise DataError if it would not."""
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    if path.is_absolute() or windows.drive or windows.root or ".." in windows.parts or not path.parts:
        drive = f" on Windows, where {windows.drive} is a drive" if windows.drive and not windows.root else ""
        raise DataError(f"{label}: {name!r} would be written outside its folder{drive}.", UNTRUSTED)
    if ":" in name and os.name == "nt":
        raise DataError(f"{label}: {name!r} is not a file name on Windows.", UNTRUSTED)
    return path


def is_junk(path: PurePosixPath, name: str) -> bool:
    """Return whether a system added the file of that name to an archive or a folder."""
    added = path.name == ".DS_Store" or path.name.startswith("._") or name.endswith("Icon\r")
    return added or is_in_system_folder(path)


def is_in_system_folder(path: PurePosixPath) -> bool:
    """Return whether a path is in a folder that systems make for themselves, such as ``@eaDir`` of a NAS."""
    return any(map(_SYSTEM_FOLDERS.fullmatch, path.parts))
