"""Brings a competition's archive here: whole, the newest, and resumed after a broken connection."""

import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import filelock
import requests

from kagglebot.errors import DataError, KaggleError
from kagglebot.kaggle.quiet import quiet
from kagglebot.kaggle.retry import BrokenTransfer
from kagglebot.system.files import disk_errors, sync, write_json
from kagglebot.system.progress import ProgressCallback

_WATCH_SECONDS = 0.1
_CHUNK_BYTES = 1 << 16  # what a broken connection costs at most; the client would read 1 MiB at a time


@dataclass(frozen=True)
class Version:
    """What tells one version of the archive from another: the storage's tag, its date, its size in bytes."""

    tag: str
    date: str
    size: int | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Version":
        """Read it from the headers that come before the file."""
        length = headers.get("Content-Length")
        size = int(length) if length and length.isdecimal() else None
        return cls(headers.get("ETag") or "", headers.get("Last-Modified") or "", size)


class ArchiveFiles:
    """Where a competition's archive lies, with what is needed to fetch it in a hidden folder beside it.

    The client writes into the hidden folder; the archive gets its name when it is whole. So a broken
    download never passes for the data, and the old archive stays until the new one is there.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.archive = folder / f"{name}.zip"
        self._hidden = folder / ".download"
        self.partial = self._hidden / self.archive.name
        self._marker = self.partial.with_name(self.partial.name + ".kaggle-partial")
        self._record = self._hidden / f"{name}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep another kagglebot from downloading into the same place.

        Raises:
            KaggleError: One does already.
            DataError: The folder cannot be made.
        """
        with disk_errors(f"make {self._hidden}"):
            self._hidden.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self._hidden / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise KaggleError(
                f"Another kagglebot is downloading {self.archive.name} just now.",
                "Wait for it to end, or stop it, and run the same command again.",
            ) from None
        try:
            yield
        finally:
            lock.release()

    def holds(self, version: Version) -> bool:
        """Say whether the archive is that version, and unchanged since it was downloaded."""
        try:
            recorded = json.loads(self._record.read_text(encoding="utf-8"))
            return bool(version.tag or version.date) and recorded == self._state(version)
        except (OSError, ValueError):
            return False

    def keep(self, version: Version) -> None:
        """Give the whole download its name, and remember its version.

        Raises:
            KaggleError: It has the announced size and is no whole archive; it is dropped, the old one stays.
        """
        if not _is_whole(self.partial):
            size = self.partial_bytes()
            self.discard()
            raise KaggleError(
                f"Kaggle sent {self.archive.name} with {size:,} bytes, as announced, and it is damaged.",
                "Run the same command again: it is downloaded anew.",
            )
        with disk_errors(f"write {self.archive}"):
            sync(self.partial)
            self.partial.replace(self.archive)
            sync(self.archive.parent)
            state = self._state(version)
        write_json(self._record, state)

    def prepare(self, version: Version) -> None:
        """Leave only what can be resumed, and see that there is room for the rest.

        Raises:
            DataError: There is not.
        """
        # Without its marker the client takes any file for the data; and it may have written an error
        # page into one, which begins unlike a zip file.
        if not (self._marker.exists() and _first_bytes(self.partial) == b"PK"):
            self.discard()
        with disk_errors(f"look for space in {self._hidden}"):
            free = shutil.disk_usage(self._hidden).free
        missing = (version.size or 0) - self.partial_bytes()
        if missing > free:
            raise DataError(
                f"{self.archive.name} needs {missing / 1e6:,.0f} MB more and {self.archive.parent} has "
                f"{free / 1e6:,.0f} MB free.",
                "Free some space on that disk and run the same command again; what is there is resumed.",
            )

    def discard(self) -> None:
        """Drop what was downloaded so far."""
        with disk_errors(f"remove {self.partial}"):
            self.partial.unlink(missing_ok=True)
            self._marker.unlink(missing_ok=True)

    def partial_bytes(self) -> int:
        """Bytes downloaded so far."""
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _state(self, version: Version) -> dict[str, Any]:
        status = self.archive.stat()
        return asdict(version) | {"local_size": status.st_size, "local_mtime_ns": status.st_mtime_ns}


def transfer(
    api: Any, response: requests.Response, http: Any, place: ArchiveFiles, on_progress: ProgressCallback
) -> None:
    """Let the client write the rest of the file behind ``response`` to ``place.partial``, in one attempt.

    Another attempt is the caller's: it can ask for a new address, as the old one expires.

    Raises:
        BrokenTransfer: The connection broke, or what arrived is not of the announced size; it is kept.
        requests.HTTPError: The storage refuses.
        DataError: The disk is full or refuses.
    """
    version = Version.of(response.headers)
    place.prepare(version)
    phase = f"downloading {place.archive.name}"
    with _watched(place.partial_bytes, lambda done: on_progress(phase, done, version.size)):
        try:
            with quiet():
                api.download_file(
                    response,
                    str(place.partial),
                    http,
                    quiet=True,
                    resume=True,
                    chunk_size=_CHUNK_BYTES,
                    max_retries=0,
                )
        except requests.HTTPError:
            raise
        except requests.RequestException:  # also an OSError, but not of this disk
            arrived, announced = place.partial_bytes(), f" of {version.size:,}" if version.size else ""
            raise BrokenTransfer(f"{place.archive.name} broke off after {arrived:,}{announced} bytes.") from None
        except OSError as error:
            with disk_errors(f"write {place.partial}"):
                raise error from None
        except ValueError:
            raise BrokenTransfer(f"{place.archive.name} did not arrive whole.") from None


@contextmanager
def _watched(amount: Callable[[], int], tell: Callable[[int], None]) -> Iterator[None]:
    """Tell ``amount`` several times a second while the block runs, and once at its end."""
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(_WATCH_SECONDS):
            tell(amount())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()
    tell(amount())


def _is_whole(archive: Path) -> bool:
    """Say whether the list of contents at the end of a zip file is there and fits what is before it."""
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
