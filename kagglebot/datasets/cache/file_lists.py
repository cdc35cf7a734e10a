"""The unpacked files that arrays were made from: their sizes, and which image each row came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from kagglebot.datasets import version_0_1
from kagglebot.datasets.archive.guard import Member
from kagglebot.datasets.cache.array_files import array_errors, cache_folder, damaged
from kagglebot.datasets.schema import Schema
from kagglebot.system.files.atomic_write import atomic_write

#: The folder of the unpacked files, in ``data/COMPETITION``.
FILES = "files"
_NAME = "files.npz"
#: Between the paths, which hold no control characters.
_SEPARATOR = "\n"
#: Hexadecimal digits of a digest.
_DIGITS = 64


@dataclass(frozen=True)
class FileLists:
    """The files of a competition, by their paths inside ``data/COMPETITION/files``.

    ``sizes`` are of all files, in bytes; ``train`` and ``test`` name the file of each image, if it has one.
    ``times`` are when the files were last changed, in nanoseconds, and ``digests`` their SHA-256, both empty where
    kagglebot 0.1 wrote the lists.
    """

    sizes: Mapping[str, int]
    train: Sequence[str] = ()
    test: Sequence[str] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def members(self) -> list[Member]:
        """The files with their digests, as unpacking lists them."""
        return [Member(PurePosixPath(name), size, self.digests[name]) for name, size in self.sizes.items()]

    def are_whole(self, folder: Path) -> bool:
        """Return whether all files are in ``folder`` (``data/COMPETITION``), each with its size."""
        paths = {folder / FILES / name: size for name, size in self.sizes.items()}
        return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def list_files(folder: Path, members: Sequence[Member]) -> FileLists:
    """Return the lists of files that were just unpacked into ``folder/files``."""
    return FileLists(
        {str(member.path): member.size for member in members},
        times={str(member.path): (folder / FILES / member.path).stat().st_mtime_ns for member in members},
        digests={str(member.path): member.sha256 for member in members},
    )


def save_file_lists(arrays: Path, lists: FileLists) -> None:
    """Write the lists into the folder of the arrays."""
    index = {name: row for row, name in enumerate(lists.sizes)}
    digests = b"".join(bytes.fromhex(digest) for digest in lists.digests.values())
    with atomic_write(arrays / _NAME) as temporary:
        np.savez(
            temporary,
            allow_pickle=False,
            times=np.array(list(lists.times.values()), dtype=np.int64),
            digests=np.frombuffer(digests, dtype=np.uint8),
            paths=np.frombuffer(_SEPARATOR.join(lists.sizes).encode(), dtype=np.uint8),
            sizes=np.array(list(lists.sizes.values()), dtype=np.int64),
            train=np.array([index[name] for name in lists.train], dtype=np.int64),
            test=np.array([index[name] for name in lists.test], dtype=np.int64),
        )


def read_file_lists(folder: Path, schema: Schema) -> FileLists:
    """Read the lists of the data in use in ``data/COMPETITION``, also those that kagglebot 0.1 wrote.

    Raises:
        DataError: They are missing or damaged, or name a file outside the folder of files.
    """
    path = cache_folder(folder, schema.digest) / _NAME
    if not path.is_file() and (old := version_0_1.read_file_lists(folder, schema.digest)):
        lists = FileLists(*old)
    else:
        with array_errors(path), path.open("rb") as stream, np.load(stream, allow_pickle=False) as loaded:
            paths = loaded["paths"].tobytes().decode().split(_SEPARATOR)
            sizes = dict(zip(paths, loaded["sizes"].tolist(), strict=True))
            train, test = ([paths[row] for row in loaded[side].tolist()] for side in ("train", "test"))
            times = dict(zip(paths, loaded["times"].tolist(), strict=False)) if "times" in loaded else {}
            digests = loaded["digests"].tobytes().hex() if "digests" in loaded else ""
        cut = (digests[start : start + _DIGITS] for start in range(0, len(digests), _DIGITS))
        lists = FileLists(sizes, train, test, times, dict(zip(paths, cut, strict=False)))
    if not all(_is_inside(name) for name in (*lists.sizes, *lists.train, *lists.test)):
        raise damaged(path, "it names a file outside the competition's folder")
    return lists


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")
