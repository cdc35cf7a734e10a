"""Errors of the disk, and of damaged files, as sentences."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kagglebot.errors import DataError

_HINTS = {
    errno.ENOENT: "Check the path.",
    errno.EEXIST: "A file is where a folder of that path belongs: move it, or choose another path.",
    errno.ENOTDIR: "A file is where a folder of that path belongs: move it, or choose another path.",
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
    with disk_errors(f"read {path}"), decoder_errors(damaged, missing_is_damage=missing_is_damage):
        yield


@contextmanager
def decoder_errors(damaged: Callable[[str], DataError], *, missing_is_damage: bool = False) -> Iterator[None]:
    """Turn what decoders raise for damaged data, exceptions of nearly every kind, into ``damaged``.

    Errors of the disk are raised as they are. See ``damage_errors`` for the arguments.
    """
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        if is_disk_error(error) and not (missing_is_damage and isinstance(error, FileNotFoundError)):
            raise
        reason = " ".join(str(error).split()).rstrip(".")[:200]
        raise damaged(reason or type(error).__name__) from error
