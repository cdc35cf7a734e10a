"""Unpacked files that were edited by hand after a fetch, found by size and time, then by content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kagglebot.datasets.cache.array_files import cache_folder
from kagglebot.datasets.cache.file_lists import FILES, FileLists, read_file_lists, save_file_lists
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.listing import listed

_SHOWN = 3


@dataclass(frozen=True)
class Edits:
    """What was edited since the last decoding.

    Attributes:
        lists: The files as they are now; ``train`` and ``test`` are empty.
        names: The edited files with what was done: "train.csv (changed)".
    """

    lists: FileLists
    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return the first names in one line."""
        return listed(self.names, _SHOWN)


def find_edits(folder: Path, schema: Schema) -> Edits | None:
    """Return what was edited in ``folder/files`` (``data/COMPETITION/files``); None if nothing.

    Files that are gone count only as far as they were removed by hand: beside other edits, or some training images
    that no table names. Others are lost, and come back from the archive. A file that was touched and is as before
    is remembered as such.

    Raises:
        DataError: The lists of the files are missing or damaged, or the disk refuses.
    """
    lists = read_file_lists(folder, schema)
    with disk_errors(f"read {folder / FILES}"):
        return _compare(folder, schema, lists)


def _compare(folder: Path, schema: Schema, lists: FileLists) -> Edits | None:
    root = folder / FILES
    now = {name: found for name in lists.sizes if (found := _stat(root / name))}
    # kagglebot 0.1 kept no times.
    touched = [name for name, at in now.items() if at != (lists.sizes[name], lists.times.get(name, at[1]))]
    digests = {name: _digest(root / name) for name in touched}
    changed = [name for name in touched if digests[name] != lists.digests.get(name)]
    gone = [name for name in lists.sizes if name not in now]
    others = {name: found for name in _other_files(root, lists) if (found := _stat(root / name))}
    added, now = sorted(others), now | others
    if not (changed or added or _removed_by_hand(gone, schema, lists)):
        if touched:
            times = {**lists.times, **{name: time for name, (_, time) in now.items()}}
            with suppress(DataError):  # the disk may be read-only: then they are read again next time
                save_file_lists(cache_folder(folder, schema.digest), replace(lists, times=times))
        return None
    known = {**lists.digests, **digests}
    return Edits(
        FileLists(
            {name: size for name, (size, _) in now.items()},
            times={name: time for name, (_, time) in now.items()},
            digests={name: known.get(name) or _digest(root / name) for name in now},
        ),
        (
            *(f"{name} (changed)" for name in changed),
            *(f"{name} (added)" for name in added),
            *(f"{name} (removed)" for name in gone),
        ),
    )


def _stat(path: Path) -> tuple[int, int] | None:
    """Return the size in bytes and the time of the last change in nanoseconds; None if there is no such file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size, found.st_mtime_ns


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _other_files(root: Path, lists: FileLists) -> Iterator[str]:
    """Yield tables, and images of the kinds that are here, that were not there when the lists were made."""
    kinds = {".csv", *(PurePosixPath(name).suffix.lower() for name in (*lists.train, *lists.test))}
    for place, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        inside = PurePosixPath(Path(place).relative_to(root).as_posix())
        prefix = "" if inside == PurePosixPath() else f"{inside}/"
        for name in names:
            unknown = f"{prefix}{name}" not in lists.sizes and not name.startswith(".")
            if unknown and PurePosixPath(name).suffix.lower() in kinds:
                yield f"{prefix}{name}"


def _removed_by_hand(gone: list[str], schema: Schema, lists: FileLists) -> bool:
    named = set(lists.train)
    return not schema.labels_in_table and 0 < len(gone) < len(named) / 2 and named.issuperset(gone)
