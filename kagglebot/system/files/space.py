"""The space on a disk, and sizes as they are shown."""

import shutil
from pathlib import Path

from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors


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
