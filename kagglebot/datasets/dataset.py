"""A fetched competition's decoded images and labels, opened from disk."""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache import array_files
from kagglebot.datasets.cache.edited_files import find_edits
from kagglebot.datasets.cache.file_lists import FILES
from kagglebot.datasets.cache.resized_arrays import open_arrays, open_resized
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema, read_schema
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback, no_progress

#: Images whose edges are looked at; a few show what all lie on.
_EDGES_OF = 500


@dataclass(frozen=True)
class Dataset:
    """A competition's images and labels.

    Attributes:
        schema: The facts about them.
        train_images: (train_rows, height, width, channels) uint8 from 0 to 255, mapped into memory, read-only.
        train_labels: (train_rows,) int64, indices into ``schema.classes``; where an image may have several classes
            (train_rows, classes) uint8, 1 for each of them, mapped into memory.
        test_images: (test_rows, height, width, channels) uint8, mapped into memory, read-only.
        test_ids: (test_rows,) the id of each test image, as sample_submission.csv writes it.
        train_groups: (train_rows,) int64, the same for rows that stay on one side of a split; None where every row
            is a group of its own.
    """

    schema: Schema
    train_images: NDArray[np.uint8]
    train_labels: NDArray[Any]
    test_images: NDArray[np.uint8]
    test_ids: tuple[str, ...]
    train_groups: NDArray[np.int64] | None = None

    @property
    def imbalance(self) -> float:
        """The training rows of the largest class over those of the smallest."""
        labels = self.train_labels
        sizes = labels.sum(axis=0) if labels.ndim == 2 else np.unique(labels, return_counts=True)[1]
        return float(sizes.max() / max(1, sizes.min()))

    @property
    def background(self) -> float:
        """How bright the edges of the training images are: the median of their pixels, from 0 to 1."""
        images = self.train_images
        some = np.linspace(0, len(images) - 1, min(len(images), _EDGES_OF), dtype=np.int64)
        edges = [side.ravel() for end in (0, -1) for side in (images[some, end], images[some, :, end])]
        return float(np.median(np.concatenate(edges))) / 255


def check_files(folder: Path) -> None:
    """Check that nobody edited the unpacked files since they were decoded.

    Args:
        folder: ``data/COMPETITION``.

    Raises:
        DataError: They were edited.
    """
    schema, edits = read_schema(folder), None
    if schema.archive:  # else a fetch was killed while it replaced them
        with suppress(DataError):
            edits = find_edits(folder, schema)
    if edits:
        raise DataError(
            f"Files in {folder / FILES} were edited after the fetch, which decoded them as they were: {edits}.",
            f"Run `kagglebot fetch {folder.name}`, which decodes them again without a download; with --force it "
            f"brings Kaggle's own back.",
        )


def open_rows(folder: Path) -> tuple[NDArray[Any], NDArray[np.int64] | None]:
    """Read the labels and the groups of the training rows; see ``Dataset``.

    Args:
        folder: ``data/COMPETITION``.

    Raises:
        DataError: The competition was not fetched, or its data is damaged.
    """
    schema = read_schema(folder)
    arrays = array_files.cache_folder(folder, schema.digest)
    groups = array_files.open_groups(arrays / array_files.TRAIN_GROUPS, schema)
    return array_files.open_labels(arrays / array_files.TRAIN_LABELS, schema), groups


def load_dataset(
    folder: Path, rule: ImageRule | None = None, on_progress: ProgressCallback = no_progress
) -> Dataset:
    """Open the decoded data of a fetched competition; images stay on disk.

    Args:
        folder: ``data/COMPETITION``.
        rule: The resize rule of the images; None as fetched. Under a rule that was not used before the images are
            made first, once for all processes.
        on_progress: Called with the images made so far and their number.

    Raises:
        DataError: The competition was not fetched, or its data is damaged.
    """
    schema = read_schema(folder)
    arrays = array_files.cache_folder(folder, schema.digest)
    labels, groups = open_rows(folder)
    test_ids = array_files.open_ids(arrays / array_files.TEST_IDS, schema.test_rows)
    if rule is None:
        train, test = open_arrays(arrays, schema, schema.image_shape)
    else:
        rule = schema.limited(rule)
        train, test = open_resized(folder, schema, rule, on_progress)
        schema = replace(schema, image_shape=rule.resized_shape(schema.image_shape))
    return Dataset(schema, train, labels, test, test_ids, groups)
