"""Images with the same pixels, or nearly so, once they are decoded and brought to one size."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.image_checks.near_duplicates import MOST_BITS, difference_hashes, nearly_same

_BLOCK_BYTES = 4 << 20
_SHOWN = 3
_LISTED = 10


@dataclass(frozen=True)
class Duplicates:
    """Numbers of images with the same pixels. An image of one colour is no copy of another.

    Attributes:
        train: Training images that repeat an earlier one.
        across_classes: Training images with a copy of another class.
        train_and_test: Test images with a copy among the training images.
        near_train: Training images that are nearly, but not exactly, the same as another; see ``nearly_same``.
        near_train_and_test: Test images that are nearly the same as a training image.
        examples: Some of the pairs of another class: "train/1.png (cat) and train/7.png (dog)".
    """

    train: int = 0
    across_classes: int = 0
    train_and_test: int = 0
    near_train: int = 0
    near_train_and_test: int = 0
    examples: tuple[str, ...] = ()

    def notes(self, train_rows: int, test_rows: int) -> tuple[str, ...]:
        """Return what to say of them, one sentence each; none where there are none."""
        found = []
        if self.train or self.train_and_test:
            together = " Copies are all trained on, or all validated on." if self.train else ""
            found.append(
                f"Copies, pixel by pixel: {self.train:,} of {train_rows:,} training images repeat another, and "
                f"{self.train_and_test:,} of {test_rows:,} test images are among the training images.{together}"
            )
        if self.across_classes:
            shown = "; ".join(self.examples[:_SHOWN]) + ("; …" if len(self.examples) > _SHOWN else "")
            found.append(f"{self.across_classes:,} training images have a copy of another class: {shown}.")
        if self.near_train or self.near_train_and_test:
            found.append(
                f"Nearly the same, by {MOST_BITS} of 64 bits of a difference hash at most: {self.near_train:,} of "
                f"{train_rows:,} training images as another, {self.near_train_and_test:,} of {test_rows:,} test "
                f"images as one of training. They are only counted."
            )
        return tuple(found)


def find_duplicates(
    train: NDArray[np.uint8],
    test: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    classes: Sequence[object],
    locate: Callable[[int], str],
) -> tuple[Duplicates, NDArray[np.int64]]:
    """Find the copies by digests of 64 bits: with the hashes of ``nearly_same`` 16 bytes an image are in memory.

    Args:
        train: (train_rows, height, width, channels) uint8, the training images.
        test: (test_rows, height, width, channels) uint8, the test images.
        labels: (train_rows,) class indices.
        classes: The name of each class.
        locate: Returns where the image of a training row is, for messages.

    Returns:
        The numbers, and the copies as groups: (train_rows,) int64, the same for copies of one image.
    """
    (digests, hashes), numbers = _fingerprints(train), np.arange(len(train))
    _, equal, counts = np.unique(digests, return_inverse=True, return_counts=True)
    shared = np.flatnonzero(counts[equal] > 1)
    shared = shared[np.argsort(equal[shared], kind="stable")]
    across, examples, repeated = 0, list[str](), 0
    for rows in np.split(shared, np.flatnonzero(np.diff(equal[shared])) + 1):
        if len(rows) and not _is_flat(train[rows[0]]):
            numbers[rows] = rows[0]
            repeated += len(rows) - 1
            other = rows[labels[rows] != labels[rows[0]]]
            across += len(rows) if len(other) else 0
            pair = [f"{locate(int(row))} ({classes[labels[row]]})" for row in (rows[0], *other[:1])]
            examples += [" and ".join(pair)] if len(other) else []
    test_digests, test_hashes = _fingerprints(test)
    in_both = sum(not _is_flat(test[row]) for row in np.flatnonzero(np.isin(test_digests, digests)))
    sides = np.repeat(np.array([0, 1], np.int8), [len(train), len(test)])
    near = nearly_same(np.r_[hashes, test_hashes], np.r_[digests, test_digests], sides)
    return Duplicates(repeated, across, in_both, *near, tuple(examples[:_LISTED])), numbers


def _fingerprints(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return a digest of each image's pixels, (rows,) uint64, and its difference hash, likewise."""
    digests, hashes = (np.zeros(len(images), np.uint64) for _ in range(2))
    step = max(1, _BLOCK_BYTES // max(1, math.prod(images.shape[1:])))
    for first in range(0, len(images), step):
        block = np.ascontiguousarray(images[first : first + step])
        digest = b"".join(hashlib.blake2b(image, digest_size=8).digest() for image in block)
        digests[first : first + step] = np.frombuffer(digest, np.uint64)
        hashes[first : first + step] = difference_hashes(block)
    return digests, hashes


def _is_flat(image: NDArray[np.uint8]) -> bool:
    return bool((image == image[:1, :1]).all())
