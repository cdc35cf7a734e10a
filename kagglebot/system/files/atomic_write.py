"""Files and folders that are complete or absent, also after a crash."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from kagglebot.system.files.disk_errors import disk_errors

#: From this number of files on, one sync of the whole disk replaces one a file.
_MANY_FILES = 256


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``, which is renamed to ``path`` when the block ends without an error.

    The content is synced before the rename, so a crash leaves the old file or the new one, never a part.
    The temporary name has the same suffix, as some writers choose their format by it.

    Raises:
        DataError: The disk refused (full, read-only, not allowed).
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        with disk_errors(f"write {path}"):
            yield path  # a pipe or a device, which would be replaced by a file
        return
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{uuid4().hex[:8]}{path.suffix}")
    with disk_errors(f"write {path}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder to sync it
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_into_place(new: Path, folder: Path) -> None:
    """Rename the folder ``new`` to ``folder`` once its files are on the disk; a crash leaves all or nothing."""
    paths = [new, *(path for path in new.rglob("*") if not path.is_symlink())]
    if len(paths) > _MANY_FILES and hasattr(os, "sync"):
        os.sync()  # all at once takes less time than one after the other
    else:
        for path in paths:
            sync(path)
    new.rename(folder)
    sync(folder.parent)
