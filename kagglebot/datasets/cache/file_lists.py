"""The unpacked files that arrays were made from: their sizes, and which image each row came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.datasets.cache import version_0_1
from kagglebot.datasets.cache.array_files import cache_folder, damage_errors, damaged
from kagglebot.datasets.schema import Schema
from kagglebot.system.files import disk_errors

#: The folder of the unpacked files, in ``data/COMPETITION``.
FILES = "files"
_NAME = "files.npz"
#: Between the paths, which hold no control characters.
_SEPARATOR = "\n"


@dataclass(frozen=True)
class FileLists:
    """The files of a competition, by their paths inside ``data/COMPETITION/files``.

    ``sizes`` are of all files, in bytes; ``train`` and ``test`` name the file of each image, if it has one.
    """

    sizes: Mapping[str, int]
    train: Sequence[str] = ()
    test: Sequence[str] = ()

    def are_whole(self, folder: Path) -> bool:
        """Return whether all files are in ``folder`` (``data/COMPETITION``), each with its size."""
        paths = {folder / FILES / name: size for name, size in self.sizes.items()}
        return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def save_file_lists(arrays: Path, lists: FileLists) -> None:
    """Write the lists into the folder of the arrays."""
    index = {name: row for row, name in enumerate(lists.sizes)}
    with disk_errors(f"write {arrays / _NAME}"):
        np.savez(
            arrays / _NAME,
            allow_pickle=False,
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
        with damage_errors(path), path.open("rb") as stream, np.load(stream, allow_pickle=False) as loaded:
            paths = loaded["paths"].tobytes().decode().split(_SEPARATOR)
            sizes = dict(zip(paths, loaded["sizes"].tolist(), strict=True))
            train, test = ([paths[row] for row in loaded[side].tolist()] for side in ("train", "test"))
        lists = FileLists(sizes, train, test)
    if not all(_is_inside(name) for name in (*lists.sizes, *lists.train, *lists.test)):
        raise damaged(path, "it names a file outside the competition's folder")
    return lists


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")
