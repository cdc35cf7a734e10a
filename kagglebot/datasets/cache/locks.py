"""One process at a time in a competition's folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from kagglebot.errors import DataError

_INCOMING = ".incoming-"
_LEFT_BEHIND = (f"{_INCOMING}*", ".competition.*.json", ".source.*.json")
_LOCK_SECONDS = 600


@contextmanager
def alone(folder: Path, *, patient: bool = False) -> Iterator[None]:
    """Keep other processes out of the folder, and clear away what a killed one left.

    Args:
        folder: ``data/COMPETITION``.
        patient: Wait as long as it takes, as what the other one does is what this one needs.

    Raises:
        DataError: Another process has been in it for ten minutes.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=-1 if patient else _LOCK_SECONDS):
            for left in (path for pattern in _LEFT_BEHIND for path in folder.glob(pattern)):
                if left.is_dir():
                    shutil.rmtree(left)
                else:
                    left.unlink()
            yield
    except Timeout as error:
        raise DataError(
            f"Another kagglebot has been working in {folder} for {_LOCK_SECONDS // 60} minutes.",
            "Wait for it to end, or stop it, and run the same command again.",
        ) from error


@contextmanager
def incoming(folder: Path) -> Iterator[Path]:
    """Give the path of a folder to work in, not made yet, that is gone afterwards; only while ``alone``."""
    path = folder / f"{_INCOMING}{uuid4().hex[:8]}"
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
