"""A competition's archive on disk, its version, and its unfinished download."""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock

from kagglebot.errors import DataError, KaggleError
from kagglebot.kaggle.records import RemoteFile
from kagglebot.system.files.atomic_write import sync
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import write_json

#: The tag of a version of an archive that holds chosen files only; those of the storage are shorter, in quotes.
_CHOSEN = re.compile("[0-9a-f]{64}")
#: The folder of single files, and the ending of those that are finished.
_PARTS, _WHOLE = "files", ".whole"


@dataclass(frozen=True)
class Version:
    """A version of the archive: the storage's ETag, its date, its size in bytes or None if unknown."""

    tag: str
    date: str
    size: int | None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> "Version":
        """Read the version from the headers of a download."""
        length = headers.get("Content-Length")
        size = int(length) if length and length.isdecimal() else None
        return cls(headers.get("ETag") or "", headers.get("Last-Modified") or "", size)


class PartialFile:
    """An unfinished download.

    Args:
        partial: Its file.
        folder: The folder that the finished file is for, for messages.
        beginning: The first two bytes of every file of its kind; empty where these may differ.
    """

    def __init__(self, partial: Path, folder: Path, beginning: bytes = b"") -> None:
        self.partial = partial
        self._folder = folder
        self._beginning = beginning
        self._marker = partial.with_name(partial.name + ".kaggle-partial")

    def prepare(self, version: Version) -> None:
        """Discard what cannot be resumed, and check that the disk has room for the rest.

        Raises:
            DataError: It has not.
        """
        # Without its marker file the client would take any file for the data. It may also have saved an error
        # page, which does not begin like a zip file.
        if not (self._marker.exists() and _first_bytes(self.partial).startswith(self._beginning)):
            self.discard()
        with disk_errors(f"check the free space of {self.partial.parent}"):
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.partial.parent).free
        missing = (version.size or 0) - self.partial_bytes()
        if missing > free:
            raise DataError(
                f"{self.partial.name} needs {missing / 1e6:,.0f} MB more and {self._folder} has "
                f"{free / 1e6:,.0f} MB free.",
                "Free some space on that disk, and run the same command again to resume the download.",
            )

    def discard(self) -> None:
        """Delete it."""
        with disk_errors(f"remove {self.partial}"):
            self.partial.unlink(missing_ok=True)
            self._marker.unlink(missing_ok=True)

    def partial_bytes(self) -> int:
        """Return the bytes downloaded so far."""
        return self.partial.stat().st_size if self.partial.exists() else 0

    def finished(self) -> Path | None:
        """Return the finished file; None where there is none."""
        names = (self.partial.with_suffix(suffix) for suffix in (_WHOLE, f"{_WHOLE}.zip"))
        return next((path for path in names if path.exists()), None)

    def finish(self, *, packed: bool) -> Path:
        """Make it the finished file, a zip file where it is ``packed``, and return its path."""
        finished = self.partial.with_suffix(f"{_WHOLE}.zip" if packed else _WHOLE)
        with disk_errors(f"write {finished}"):
            self.partial.replace(finished)
        return finished


class ArchiveFiles(PartialFile):
    """A competition's archive on disk, and its unfinished download in a hidden folder beside it.

    The client writes into the hidden folder; the file is renamed to the archive when it is complete. So an
    unfinished download is never taken for the data, and the old archive stays until the new one is complete.

    Args:
        folder: ``data/COMPETITION``.
        name: The competition.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.archive = folder / f"{name}.zip"
        self._hidden = folder / ".download"
        self._record = self._hidden / f"{name}.json"
        super().__init__(self._hidden / self.archive.name, folder, b"PK")

    def part(self, file: RemoteFile) -> PartialFile:
        """Return the download of one of the competition's files."""
        name = hashlib.sha256(f"{file.name} {file.size} {file.date}".encode()).hexdigest()[:16]
        return PartialFile(self._hidden / _PARTS / f"{name}.part", self.archive.parent)

    def pack(self, parts: Mapping[str, Path]) -> None:
        """Make the finished download of files, by their names in the archive, and delete each.

        Raises:
            DataError: The disk is full or refuses.
        """
        with disk_errors(f"write {self.partial}"):
            self.discard()
            with zipfile.ZipFile(self.partial, "w", strict_timestamps=False) as archive:
                for name, path in parts.items():
                    archive.write(path, name + (".zip" if path.suffix == ".zip" else ""))
                    path.unlink()
            shutil.rmtree(self._hidden / _PARTS, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock that keeps another kagglebot from downloading the same archive.

        Raises:
            KaggleError: Another kagglebot holds it.
            DataError: The folder cannot be created.
        """
        with disk_errors(f"make {self._hidden}"):
            self._hidden.mkdir(parents=True, exist_ok=True)
        try:
            held = filelock.FileLock(self._hidden / "lock").acquire(timeout=0)
        except filelock.Timeout:
            raise KaggleError(
                f"Another kagglebot is downloading {self.archive.name}.",
                "Wait for it to end, or stop it, and run the same command again.",
            ) from None
        with held:
            yield

    def is_version(self, version: Version) -> bool:
        """Return whether the archive is ``version``, unchanged since it was downloaded."""
        try:
            recorded = json.loads(self._record.read_text(encoding="utf-8"))
            return bool(version.tag or version.date) and recorded == self._state(version)
        except (OSError, ValueError):
            return False

    def holds_chosen(self) -> bool:
        """Return whether the archive holds chosen files only; see ``version_of``."""
        try:
            recorded = json.loads(self._record.read_text(encoding="utf-8"))
            return bool(_CHOSEN.fullmatch(recorded["tag"]))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def save(self, version: Version) -> None:
        """Replace the archive with the finished download, and record its version.

        Raises:
            KaggleError: The download is not a complete zip file; it is discarded, the old archive stays.
        """
        if not _is_whole(self.partial):
            size = self.partial_bytes()
            self.discard()
            raise KaggleError(
                f"Kaggle sent {self.archive.name} with {size:,} bytes, as announced, and it is damaged.",
                "Run the same command again to download it once more.",
            )
        with disk_errors(f"write {self.archive}"):
            sync(self.partial)
            self.partial.replace(self.archive)
            sync(self.archive.parent)
            state = self._state(version)
        write_json(self._record, state)

    def _state(self, version: Version) -> dict[str, Any]:
        status = self.archive.stat()
        return asdict(version) | {"local_size": status.st_size, "local_mtime_ns": status.st_mtime_ns}


def version_of(files: Sequence[RemoteFile]) -> Version:
    """Return the version of an archive of some files only."""
    listed = "\n".join(f"{file.name} {file.size} {file.date}" for file in files)
    return Version(hashlib.sha256(listed.encode()).hexdigest(), "", None)


def _is_whole(archive: Path) -> bool:
    """Return whether a zip file has its table of contents, and that fits what is before it."""
    try:
        with disk_errors(f"read {archive}"), zipfile.ZipFile(archive):
            return True
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2)
    except OSError:
        return b""
