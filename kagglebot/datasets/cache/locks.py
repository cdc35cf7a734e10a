"""Locks and temporary folders, so that one process at a time writes into a competition's folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from kagglebot.errors import DataError

_TEMPORARY = ".incoming-"
_LEFT_BEHIND = (f"{_TEMPORARY}*", ".competition.*.json")
_LOCK_SECONDS = 600


@contextmanager
def locked(folder: Path, *, wait_forever: bool = False) -> Iterator[None]:
    """Lock ``data/COMPETITION`` against other processes, and remove what a killed one left.

    Raises:
        DataError: Another process has had the lock for ten minutes, unless this one is to ``wait_forever``.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=-1 if wait_forever else _LOCK_SECONDS):
            for path in (path for pattern in _LEFT_BEHIND for path in folder.glob(pattern)):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            yield
    except Timeout as error:
        raise DataError(
            f"Another kagglebot has been working in {folder} for {_LOCK_SECONDS // 60} minutes.",
            "Wait for it to end, or stop it, and run the same command again.",
        ) from error


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Yield the path of a temporary folder, not made yet, that is removed afterwards; only while ``locked``."""
    path = folder / f"{_TEMPORARY}{uuid4().hex[:8]}"
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
