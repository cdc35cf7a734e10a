"""Copies of a decoded dataset on machines that have not fetched it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.locks import locked, temporary_folder
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema, save_schema
from kagglebot.system.files.disk_errors import disk_errors


def list_files(folder: Path, rule: ImageRule) -> dict[str, int]:
    """Return the files that ``load_dataset(folder, rule)`` reads once it has been called.

    Args:
        folder: ``data/COMPETITION``.
        rule: The resize rule of the images.

    Returns:
        The size of each file in bytes, by its path in ``folder``.
    """
    schema = read_schema(folder)
    arrays = array_files.cache_folder(folder, schema.digest)
    resized = arrays / schema.limited(rule).key
    images = resized if resized.is_dir() else arrays
    paths = [arrays / name for name in (array_files.TRAIN_LABELS, array_files.TEST_IDS, array_files.SAMPLE)]
    paths += [arrays / array_files.TRAIN_GROUPS] if schema.groups else []
    paths += [images / name for name in (array_files.TRAIN_IMAGES, array_files.TEST_IMAGES)]
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def save_copy(folder: Path, schema: Schema, files: Mapping[str, int], download: Callable[[Path], None]) -> None:
    """Make ``folder`` a copy of another machine's ``data/COMPETITION``, unless it is one already.

    Args:
        folder: The folder of the copy; several processes may make it at once.
        schema: The schema of the dataset.
        files: The files of ``list_files`` on the other machine.
        download: Called with an empty folder that is not made yet, to write the files into.

    Raises:
        DataError: The disk refuses, or what ``download`` raises.
    """
    with disk_errors(f"write into {folder}"), locked(folder, wait_forever=True):
        paths = {folder / name: size for name, size in files.items()}
        if all(path.is_file() and path.stat().st_size == size for path, size in paths.items()):
            return
        with temporary_folder(folder) as temporary:
            download(temporary)
            for name in files:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (temporary / name).replace(folder / name)
        save_schema(folder, schema)
