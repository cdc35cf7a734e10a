"""The decoded arrays, stored under the digest of the files they came from.

``data/COMPETITION/cache/DIGEST/`` appears by one rename, and its arrays are never changed; competition.json names
the digest in use. So a reader sees the old data or the new, wherever the writer was killed.
"""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import damage_errors

TRAIN_IMAGES = "train_images.npy"
TRAIN_LABELS = "train_labels.npy"
TRAIN_GROUPS = "train_groups.npy"
TEST_IMAGES = "test_images.npy"
TEST_IDS = "test_ids.npy"
SAMPLE = "sample_submission.csv"


def cache_folder(folder: Path, digest: str) -> Path:
    """Return where the arrays of that digest are, for the competition in ``folder`` (``data/COMPETITION``)."""
    return folder / "cache" / digest


def open_images(path: Path, rows: int, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Map a .npy file into memory, read-only: (rows, *shape) uint8; raise DataError if it holds something else."""
    return _load(path, np.uint8, (rows, *shape), mapped=True)


def open_labels(path: Path, schema: Schema) -> NDArray[Any]:
    """Read the labels, see ``Dataset``; raise DataError if one is of no class."""
    if schema.several:
        matrix = _load(path, np.uint8, (schema.train_rows, len(schema.classes)), mapped=True)
        if matrix.max(initial=0) > 1:
            raise damaged(path, "a label that is neither 0 nor 1")
        return matrix
    labels = _load(path, np.int64, (schema.train_rows,))
    if labels.size and not 0 <= labels.min() <= labels.max() < len(schema.classes):
        raise damaged(path, "a label index outside the classes")
    return labels


def open_groups(path: Path, schema: Schema) -> NDArray[np.int64] | None:
    """Read the groups of the training rows, (train_rows,) int64; None where every row is a group of its own."""
    return _load(path, np.int64, (schema.train_rows,)) if schema.groups else None


def open_ids(path: Path, rows: int) -> tuple[str, ...]:
    """Read the ids of the test rows, (rows,) text."""
    return tuple(_load(path, np.str_, (rows,)).tolist())


def array_errors(path: Path) -> AbstractContextManager[None]:
    """Turn what NumPy raises for a missing or damaged file into a ``DataError``; see ``damage_errors``."""
    return damage_errors(path, partial(damaged, path), missing_is_damage=True)


def damaged(path: Path, reason: str) -> DataError:
    """Return the error for a damaged file in ``data/COMPETITION/cache/DIGEST``."""
    competition = path.parents[2].name
    return DataError(
        f"The decoded data of {competition} is damaged: {path}: {reason}.",
        f"Run `kagglebot fetch {competition}` to decode it again.",
    )


def _load(path: Path, kind: type[np.generic], shape: tuple[int, ...], *, mapped: bool = False) -> NDArray[Any]:
    with array_errors(path):
        loaded: NDArray[Any] = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    if not np.issubdtype(loaded.dtype, kind) or loaded.shape != shape:
        raise damaged(path, f"{loaded.dtype}{loaded.shape} instead of {kind.__name__}{shape}")
    return loaded
