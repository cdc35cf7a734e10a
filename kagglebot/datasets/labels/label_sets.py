"""Images of several classes: the sets of their labels, encoded as a matrix of 0 and 1."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.labels.encode import Labels, encode_labels

#: The labels of each image.
LabelSets = Sequence[frozenset[str]]


def plain_labels(sets: LabelSets) -> NDArray[np.str_] | LabelSets:
    """Return the labels as text, ``(rows,)``, where each image has one; else an empty one is none."""
    if any(len(each) != 1 for each in sets):
        return [each - {""} for each in sets]
    return np.array([label for each in sets for label in each], dtype=np.str_)


def encode_label_sets(sets: LabelSets, locate: Callable[[int], str], known: Collection[str] = ()) -> Labels:
    """Return the classes, and a matrix ``(rows, classes)`` uint8: 1 where the image of the row is of the class.

    Raises:
        DataError: A label is empty, or no class; see ``encode_labels``.
    """
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    labels = np.array([label for each in sets for label in sorted(each)], dtype=np.str_)
    classes, indices, notes = encode_labels(labels, lambda place: locate(int(rows[place])), known, in_lists=True)
    matrix = np.zeros((len(sets), len(classes)), np.uint8)
    matrix[rows, indices] = 1
    counts = matrix.sum(axis=1)
    note = f"An image may have several classes: {counts.mean():.1f} on average, {counts.max()} at most."
    return Labels(classes, matrix, (note, *notes))


def set_numbers(matrix: NDArray[np.uint8], classes: Sequence[object]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each row's set of classes, ``(rows,)`` int64, and the names of each set."""
    sets, numbers = np.unique(matrix, axis=0, return_inverse=True)
    names = [
        ", ".join(str(classes[index]) for index in np.flatnonzero(each).tolist()) or "no class" for each in sets
    ]
    return numbers.reshape(-1), names
