"""Where trials are kept: a journal file in the study's folder, a database, or a proxy in front of one."""

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
#: Seconds between two looks whether another process has let go of the journal, which takes it a millisecond.
POLL_SECONDS = 0.005

# What Optuna would tell on stderr, kagglebot tells in its own words.
optuna.logging.set_verbosity(optuna.logging.ERROR)


class _KernelLock(BaseJournalFileLock):
    """A lock the kernel frees when its holder dies; Optuna's own would be waited for half a minute.

    Who holds it may take it again.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path)

    def acquire(self) -> bool:
        self._lock.acquire(poll_interval=POLL_SECONDS)
        return True

    def release(self) -> None:
        self._lock.release()


class _MendingBackend(JournalFileBackend):
    """Cuts off a last line that a killed writer left unfinished; appended to, it would spoil the journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kernel_lock = _KernelLock(path.with_suffix(".lock"))
        super().__init__(str(path), lock_obj=self._kernel_lock)
        sync(path.parent)  # Optuna syncs each line, and not the name of the file that it begins

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Mend and append under one lock: another writer may be killed at any moment between two.

        Raises:
            DataError: The disk refused; the journal is as it was before.
        """
        with disk_errors(f"write {self._path}"), get_lock_file(self._kernel_lock):
            self.mend()
            try:
                super().append_logs(logs)
            except OSError:
                self.mend()
                raise

    def mend(self) -> None:
        """Truncate to the last whole line; costs one byte read where nothing is wrong."""
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
    """Open a study's storage, made where it is not there yet.

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
            backend = _MendingBackend(path)
            backend.mend()
            return JournalStorage(backend)
        except (ValueError, KeyError) as error:
            raise StudyError(
                f"The storage {path} is damaged: {error}.", "Move that file away; the study then starts anew."
            ) from error


def study_exists(folder: Path, url: str | None = None) -> bool:
    """Tell whether a study has a storage, without making one."""
    return url is not None or (folder / JOURNAL).is_file()


def load_study(storage: BaseStorage, name: str) -> optuna.Study | None:
    """Open a study that is there; None where it is not."""
    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        return None
