"""The images under another resize rule, in ``cache/DIGEST/RULE/``: made once, by the first process that asks."""

import math
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.file_lists import FILES, read_file_lists
from kagglebot.datasets.cache.locks import locked, temporary_folder
from kagglebot.datasets.images.decode import decode_files, resize_images
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.space import check_space
from kagglebot.system.progress import ProgressCallback

Shape = tuple[int, int, int]
Images = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def open_arrays(arrays: Path, schema: Schema, shape: Shape) -> Images:
    """Map the training and the test images of a folder into memory: (rows, *shape) uint8 each, read-only."""
    return (
        array_files.open_images(arrays / array_files.TRAIN_IMAGES, schema.train_rows, shape),
        array_files.open_images(arrays / array_files.TEST_IMAGES, schema.test_rows, shape),
    )


def open_resized(folder: Path, schema: Schema, rule: ImageRule, on_progress: ProgressCallback) -> Images:
    """Map the images under a rule into memory, after making them where they are missing.

    Raises:
        DataError: An image cannot be read, the data was fetched again meanwhile, or the disk refuses.
    """
    fetched = array_files.cache_folder(folder, schema.digest)
    shape = rule.resized_shape(schema.image_shape)
    if shape == schema.image_shape and (rule.fit == ImageRule().fit or not schema.resized):
        return open_arrays(fetched, schema, shape)
    arrays = fetched / rule.key
    try:
        return open_arrays(arrays, schema, shape)
    except DataError:  # not there yet, or damaged
        with disk_errors(f"write into {fetched}"), locked(folder, wait_forever=True):
            try:
                return open_arrays(arrays, schema, shape)  # another process was first
            except DataError:
                _make(folder, schema, rule, arrays, on_progress)
    return open_arrays(arrays, schema, shape)


def _make(folder: Path, schema: Schema, rule: ImageRule, arrays: Path, on_progress: ProgressCallback) -> None:
    current = read_schema(folder)
    if current.digest != schema.digest:
        raise DataError(f"The data of {folder.name} was fetched again meanwhile.", "Run the same command again.")
    with temporary_folder(folder) as temporary:
        made = temporary / "arrays"
        made.mkdir(parents=True)
        rows = current.train_rows + current.test_rows
        size = rows * math.prod(rule.resized_shape(current.image_shape))
        check_space(made, size, f"{rows:,} images under [images] of the study")
        _write(folder, current, rule, made, on_progress)
        if arrays.exists():
            arrays.rename(temporary / "replaced")
        move_into_place(made, arrays)


def _write(folder: Path, schema: Schema, rule: ImageRule, made: Path, on_progress: ProgressCallback) -> None:
    fetched = array_files.cache_folder(folder, schema.digest)
    shape = rule.resized_shape(schema.image_shape)
    names = (array_files.TRAIN_IMAGES, array_files.TEST_IMAGES)
    if not schema.image_files:
        for images, name in zip(open_arrays(fetched, schema, schema.image_shape), names, strict=True):
            resize_images(images, made / name, shape, rule.fit, on_progress)
        return
    lists, root = read_file_lists(folder, schema), folder / FILES
    if not schema.archive or not lists.are_whole(folder):
        raise DataError(
            f"The image files of {folder.name} are missing in part, or not those of the data in use.",
            f"Run: kagglebot fetch {folder.name}",
        )
    for files, name in zip((lists.train, lists.test), names, strict=True):
        # Images that the fetch could not read are not in the training list, and black in the test set.
        black = bool(schema.skipped) and name == array_files.TEST_IMAGES
        decode = partial(decode_files, conversion=schema.conversion, blank_corrupt=black, on_progress=on_progress)
        decode([root / path for path in files], made / name, shape, rule.fit, folder=root)
