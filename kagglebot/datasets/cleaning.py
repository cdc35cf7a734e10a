"""What can be made again: features, images of sizes that no study has, and what killed commands left."""

import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.locks import locked
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import read_schema
from kagglebot.system.files.disk_errors import disk_errors

#: Temporary files of a killed command, see ``system.files.atomic_write``, and folders of a killed fetch.
_TEMPORARY = re.compile(r"\..+\.(?P<process>\d+)-[0-9a-f]{8}(\..+)?|\.incoming-[0-9a-f]{8}")


@dataclass(frozen=True)
class Removable:
    """A file or folder that can be made again.

    Attributes:
        path: Where it is.
        kind: "features" of pretrained nets, "images" of a size that no study has, or "leftover" of a killed
            command or of data that was replaced.
        size: Bytes.
    """

    path: Path
    kind: str
    size: int


def find_removable(folder: Path, rules: Collection[ImageRule], others: Sequence[Path] = ()) -> list[Removable]:
    """Return what can be made again of a competition.

    Args:
        folder: ``data/COMPETITION``.
        rules: The resize rules of the studies that there are.
        others: Further folders in which killed commands may have left files.

    Raises:
        DataError: The competition was not fetched, or the disk refuses.
    """
    schema = read_schema(folder)
    keys = {schema.limited(rule).key for rule in rules}
    with disk_errors(f"read {folder}"):
        found = _find(array_files.cache_folder(folder, schema.digest), keys, (folder, *others))
        return [Removable(path, kind, _size(path)) for path, kind in found]


def remove(folder: Path, found: Sequence[Removable]) -> None:
    """Remove what ``find_removable`` found, while nobody decodes images.

    Raises:
        DataError: The disk refuses.
    """
    with disk_errors(f"clean {folder}"), locked(folder):
        for each in found:
            if each.path.is_dir():
                shutil.rmtree(each.path)
            else:
                each.path.unlink(missing_ok=True)


def _find(current: Path, keys: Collection[str], places: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file or folder once, with its kind; ``current`` are the arrays in use."""
    for path in sorted(current.parent.glob("*/")):
        if path != current:
            yield path, "leftover"
    for path in sorted(current.glob("*/")):
        if path.suffix != ".blocks" and path.name not in keys:
            yield path, "images"
    for arrays in (current, *(current / key for key in sorted(keys))):
        for name in (array_files.TRAIN_IMAGES, array_files.TEST_IMAGES):
            features = arrays.glob(f"{Path(name).stem}.*")
            yield from ((path, "features") for path in sorted(features) if path.name != name)
    inner = (current, *(current / key for key in keys))
    for place in (*places, *inner):
        yield from ((path, "leftover") for path in sorted(place.glob(".*")) if _is_left_behind(path.name))


def _is_left_behind(name: str) -> bool:
    """Return whether a temporary file has this name, of a process that is gone."""
    import psutil

    match = _TEMPORARY.fullmatch(name)
    return match is not None and not (match["process"] and psutil.pid_exists(int(match["process"])))


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.lstat().st_size for file in files if not file.is_dir())
