"""Atomic writes, and disk errors as sentences."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from kagglebot.errors import DataError

#: From this number of files on, one sync of the whole disk replaces one a file.
_MANY_FILES = 256
_HINTS = {
    errno.ENOENT: "Check the path.",
    errno.ENOSPC: "Free some space on that disk and run the same command again; what is finished is kept.",
    errno.EFBIG: "Lift the limit on the size of files (ulimit -f), or choose another disk with --workspace.",
    errno.EDQUOT: "Your disk quota is used up: free some space and run the same command again.",
    errno.EACCES: "Check who owns the folder and its permissions, or choose another with --workspace.",
    errno.EPERM: "Check who owns the folder and its permissions, or choose another with --workspace.",
    errno.ENOLCK: "That disk has no file locks: choose a folder on a local disk with --workspace.",
    errno.EROFS: "That disk is read-only: choose another folder with --workspace.",
}


@contextmanager
def disk_errors(action: str) -> Iterator[None]:
    """Turn an ``OSError`` inside the block into a ``DataError`` that names the action and what to do.

    Args:
        action: What is being done, to which file: "write data/x/train.npy".
    """
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise DataError(f"Could not {action}: {reason}.", disk_hint(error)) from error


def check_space(folder: Path, size: int, what: str) -> None:
    """Check that ``size`` bytes fit on the disk of a folder that exists, before they are made.

    Args:
        folder: Where they will be written.
        size: Bytes.
        what: What needs them, in plural: "the images".

    Raises:
        DataError: They do not.
    """
    with disk_errors(f"read {folder}"):
        free = shutil.disk_usage(folder).free
    if size > free:
        needed, left = size_text(size), size_text(free)
        raise DataError(
            f"Not enough space on the disk of {folder}: {what} take {needed}, and {left} are free.",
            "Free some space, for example with `kagglebot clean`, and run the same command again.",
        )


def size_text(size: int) -> str:
    """Write a number of bytes: ``3.0 GB``, ``12 MB``, ``0.04 MB``."""
    if size >= 1e9:
        return f"{size / 1e9:,.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.2g} MB"


def disk_hint(error: OSError) -> str:
    """Return what to do about an error of the disk."""
    return _HINTS.get(error.errno or 0, "Correct that and run the same command again.")


def is_disk_error(error: Exception) -> bool:
    """Return whether an error comes from the disk, not from a decoder of damaged data.

    Decoders raise ``OSError`` too: without a number, or EINVAL where they follow a broken offset.
    """
    return isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}


@contextmanager
def damage_errors(
    path: Path, damaged: Callable[[str], DataError], *, missing_is_damage: bool = False
) -> Iterator[None]:
    """Turn what libraries raise while they read a file into a ``DataError``: that it is damaged, or the disk's.

    Args:
        path: The file.
        damaged: Returns the error of a damaged file for a reason.
        missing_is_damage: Whether a missing file is damage rather than an error of the disk.
    """
    with disk_errors(f"read {path}"):
        try:
            yield
        except DataError:
            raise
        except Exception as error:  # damage shows as nearly every exception
            if is_disk_error(error) and not (missing_is_damage and isinstance(error, FileNotFoundError)):
                raise
            raise damaged(" ".join(str(error).split()).rstrip(".")[:200]) from error


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


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the digest of a file's content, in hexadecimal.

    Raises:
        DataError: The file cannot be read.
    """
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def read_json(path: Path) -> Any:
    """Read a JSON file that kagglebot wrote.

    Raises:
        DataError: The file is missing, unreadable or not JSON.
    """
    with disk_errors(f"read {path}"):
        content = path.read_bytes()
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is damaged: {error}.", "Delete it and run the same command again.") from error
