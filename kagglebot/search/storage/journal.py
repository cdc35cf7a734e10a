"""Storages of trials: the journal file in a study's folder, or any other that a URL names."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock, get_lock_file
from optuna.storages.journal._storage import JournalOperation

from kagglebot.errors import StudyError
from kagglebot.paths import JOURNAL
from kagglebot.search.storage.rdb import open_url
from kagglebot.system.files.atomic_write import sync
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.storage_url import sqlite_file

#: Seconds between two tries to lock the journal; a process holds it for about a millisecond.
POLL_SECONDS = 0.005

# kagglebot reports what Optuna would print on stderr.
optuna.logging.set_verbosity(optuna.logging.ERROR)


class _KernelLock(BaseJournalFileLock):
    """A lock that the kernel frees when its holder dies; one of Optuna's would block others for half a minute.

    Its holder may acquire it again.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire(poll_interval=POLL_SECONDS)
        return True

    def release(self) -> None:
        self._lock.release()


class _RepairingBackend(JournalFileBackend):
    """A journal file that cuts off a last line which a killed process left unfinished.

    It is never made anew while it is in use: what was read of it and what is appended would not fit together.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._kernel_lock = _KernelLock(path.with_suffix(".lock"))
        self._first_line = b""
        super().__init__(str(path), lock_obj=self._kernel_lock)
        if not read_only:
            sync(path.parent)  # Optuna syncs each line, but not the new file's name
            self.repair()

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        """Read the lines from that number on.

        Raises:
            StudyError: The file is damaged, or was deleted, replaced or cut off since it was opened.
        """
        self._check_same()
        try:
            yield from super().read_logs(log_number_from)
        except ValueError as error:
            raise _damaged(self._path, error) from error

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Repair the file and append to it under one lock: another process may be killed in between.

        Raises:
            StudyError: The file was deleted, replaced or cut off since it was opened.
            DataError: The disk refused; the journal is unchanged.
        """
        self._check_same()  # first: taking the lock would make a deleted folder again
        with disk_errors(f"write {self._path}"), get_lock_file(self._kernel_lock):
            self.repair()
            try:
                super().append_logs(logs)
            except OSError:
                self.repair()
                raise

    def repair(self) -> None:
        """Truncate the file to its last whole line; reads one byte if nothing is wrong."""
        with get_lock_file(self._kernel_lock), self._path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size == 0:
                return
            file.seek(size - 1)
            if file.read(1) == b"\n":
                return
            tail = min(size, 1 << 20)
            file.seek(size - tail)
            file.truncate(size - tail + file.read(tail).rfind(b"\n") + 1)

    def _check_same(self) -> None:
        """Compare the first line, which names its writer, and the size; some disks change the numbers of files."""
        try:
            with self._path.open("rb") as file:
                first = file.readline()
                size = file.seek(0, os.SEEK_END)
        except FileNotFoundError:
            first, size = b"", -1
        if size < max(self._log_number_offset.values()) or not first.startswith(self._first_line):
            raise StudyError(
                f"{self._path} was deleted, moved or replaced while it was in use.",
                "Put it back and run the same command again; the trials that had ended are in it.",
            )
        if first.endswith(b"\n"):
            self._first_line = first


class _CheckedStorage(JournalStorage):
    """A journal whose lines are checked while they are read: Optuna asserts, or leaves out what does not fit."""

    def __init__(self, backend: _RepairingBackend) -> None:
        self._file = backend._path
        self._line: dict[str, Any] = {}
        super().__init__(backend)

    def _sync_with_backend(self) -> None:
        try:
            self._replay_result.apply_logs(self._checked_lines())
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
            if self._line.get("worker_id") == self._replay_result.worker_id:
                raise  # what this process asks for cannot be done
            raise _damaged(self._file, error) from error

    def _checked_lines(self) -> Iterator[dict[str, Any]]:
        replayed, self._line = self._replay_result, {}
        for line in self._backend.read_logs(replayed.log_number_read):
            where = f"line {replayed.log_number_read + 1}"
            if not isinstance(line, dict) or line.get("op_code") not in list(JournalOperation):
                raise _damaged(self._file, f"{where} is not one of Optuna's")
            # The numbers of studies and trials are consecutive, and are never used again.
            for name, known in (("study_id", replayed._next_study_id), ("trial_id", len(replayed._trials))):
                if line.get(name, -1) not in range(-1, known):
                    raise _damaged(self._file, f"lines before {where} are lost")
            self._line = line
            yield line


def open_storage(folder: Path, url: str | None = None, *, read_only: bool = False) -> BaseStorage:
    """Open a study's storage; create it if it does not exist.

    Args:
        folder: The study's folder.
        url: An SQLAlchemy URL, or ``grpc://host:port``; None for the journal in the folder.
        read_only: Only read: nothing is written, so that the disk may be read-only. The storage must exist.

    Raises:
        StudyError: The database or proxy cannot be reached, or the journal is damaged or no file.
        DataError: The disk refuses the journal.
    """
    if url is not None:
        return open_url(url, read_only=read_only)
    path = _journal(folder)
    with disk_errors(f"open {path}"):
        if not read_only:
            folder.mkdir(parents=True, exist_ok=True)
        return _CheckedStorage(_RepairingBackend(path, read_only=read_only))


def extend_journal(folder: Path, longer: bytes) -> bool:
    """Append to the journal in a study's folder what a copy of it has gained elsewhere.

    Returns:
        Whether the journal has all of the copy's lines now; False where both have gained some, so that nothing was
        written.

    Raises:
        StudyError: The journal is no file.
        DataError: The disk refuses it; a part that was written is taken back by the next who opens it.
    """
    path, longer = _journal(folder), longer[: longer.rfind(b"\n") + 1]
    with disk_errors(f"write {path}"):
        folder.mkdir(parents=True, exist_ok=True)
        journal = _RepairingBackend(path, read_only=False)
        with get_lock_file(journal._kernel_lock):
            journal.repair()
            here = path.read_bytes()
            if not longer.startswith(here):
                return here.startswith(longer)
            with path.open("ab") as file:
                file.write(longer[len(here) :])
                file.flush()
                os.fsync(file.fileno())
    return True


def _journal(folder: Path) -> Path:
    path = folder / JOURNAL
    for link in (folder, path):
        if link.is_symlink() and not link.exists():
            raise StudyError(
                f"{link} is a link to {link.readlink()}, which does not exist.",
                "Put that back, or delete the link; the study then starts over.",
            )
    if path.is_dir():
        raise StudyError(
            f"{path} is a folder, and the study's trials belong into a file of that name.",
            "Put the file back, or move the folder away; the study then starts over.",
        )
    return path


def _damaged(path: Path, error: Exception | str) -> StudyError:
    return StudyError(
        f"The storage {path} is damaged: {error}.", "Move that file away; the study then starts over."
    )


def study_exists(folder: Path, url: str | None = None) -> bool:
    """Return whether a study has a storage, without creating one.

    Raises:
        StudyError: Its journal is no file.
    """
    if url is None:
        return _journal(folder).is_file()
    path = sqlite_file(url)
    return path is None or path.is_file() or not path.parent.is_dir()  # opening it says that it has no folder


def load_study(storage: BaseStorage, name: str) -> optuna.Study | None:
    """Return the study of that name; None if the storage has none.

    The only study of a journal may have another name: that of its folder before it was renamed.
    """
    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        others = storage.get_all_studies() if isinstance(storage, JournalStorage) else []
        return optuna.load_study(study_name=others[0].study_name, storage=storage) if len(others) == 1 else None
