"""A fetched competition's decoded images and labels, opened from disk."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.resized_arrays import open_arrays, open_ruled, ruled_shape
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.system.progress import ProgressCallback, no_progress


@dataclass(frozen=True)
class Dataset:
    """A competition's images and labels.

    Attributes:
        schema: What was learned about them.
        train_images: (train_rows, height, width, channels) uint8 from 0 to 255, mapped into memory, read-only.
        train_labels: (train_rows,) int64, indices into ``schema.classes``.
        test_images: (test_rows, height, width, channels) uint8, mapped into memory, read-only.
        test_ids: (test_rows,) the ids of the test images, in their order, as sample_submission.csv writes them.
    """

    schema: Schema
    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.uint8]
    test_ids: tuple[str, ...]


def load_dataset(
    folder: Path, rule: ImageRule | None = None, on_progress: ProgressCallback = no_progress
) -> Dataset:
    """Open the decoded data of the competition in ``folder`` (``data/COMPETITION``); images stay on disk.

    Args:
        folder: Where the competition's data is kept.
        rule: How images are brought to one shape; None as at the fetch. A rule that was not asked for before is
            carried out first, once for all processes.
        on_progress: Called with how many images have been brought to that shape.

    Raises:
        DataError: It was not fetched, or is damaged.
    """
    schema = read_schema(folder)
    arrays = array_files.cache_folder(folder, schema.digest)
    labels = array_files.open_labels(arrays / array_files.TRAIN_LABELS, schema)
    test_ids = array_files.open_ids(arrays / array_files.TEST_IDS, schema.test_rows)
    if rule is None:
        train, test = open_arrays(arrays, schema, schema.image_shape)
    else:
        train, test = open_ruled(folder, schema, rule, on_progress)
        schema = replace(schema, image_shape=ruled_shape(schema, rule))
    return Dataset(schema, train, labels, test, test_ids)
