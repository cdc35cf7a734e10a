"""Storages of trials: the journal file in a study's folder, or any other that a URL names."""

import os
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock, get_lock_file

from kagglebot.errors import StudyError
from kagglebot.search.storage.rdb import open_url
from kagglebot.system.files import disk_errors, sync

JOURNAL = "trials.journal"
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
    """A journal file that cuts off a last line which a killed process left unfinished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kernel_lock = _KernelLock(path.with_suffix(".lock"))
        super().__init__(str(path), lock_obj=self._kernel_lock)
        sync(path.parent)  # Optuna syncs each line, but not the new file's name

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Repair the file and append to it under one lock: another process may be killed in between.

        Raises:
            DataError: The disk refused; the journal is unchanged.
        """
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


def open_storage(folder: Path, url: str | None = None) -> BaseStorage:
    """Open a study's storage; create it if it does not exist.

    Args:
        folder: The study's folder.
        url: An SQLAlchemy URL, or ``grpc://host:port``; None for the journal in the folder.

    Raises:
        StudyError: The database or proxy cannot be reached, or the journal is damaged.
        DataError: The disk refuses the journal.
    """
    if url is not None:
        return open_url(url)
    path = folder / JOURNAL
    with disk_errors(f"open {path}"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            backend = _RepairingBackend(path)
            backend.repair()
            return JournalStorage(backend)
        except (ValueError, KeyError) as error:
            raise StudyError(
                f"The storage {path} is damaged: {error}.", "Move that file away; the study then starts over."
            ) from error


def study_exists(folder: Path, url: str | None = None) -> bool:
    """Return whether a study has a storage, without creating one."""
    return url is not None or (folder / JOURNAL).is_file()


def load_study(storage: BaseStorage, name: str) -> optuna.Study | None:
    """Return the study of that name; None if the storage has none."""
    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        return None
