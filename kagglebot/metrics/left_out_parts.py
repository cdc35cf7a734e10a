"""Parts of the rows that are left out in turn: what is fitted or chosen without a part is scored on it."""

import numpy as np
from numpy.typing import NDArray

_PARTS = 5


def left_out_parts(rows: int, groups: NDArray[np.int64] | None = None) -> list[NDArray[np.bool_]]:
    """Return the rows of each part ``(rows,)``, drawn at random; whole groups are in one part.

    Rows of one group, such as the images of a patient, are alike: what was fitted to some of them fits the others
    better than new ones.

    Returns:
        None where there are fewer than two rows a part, or all rows are of one group.
    """
    positions, count = number_groups(rows, groups)
    if rows < 2 * _PARTS or count < 2:
        return []
    parts = (np.random.default_rng(0).permutation(count) % _PARTS)[positions]
    return [parts == each for each in range(min(_PARTS, count))]


def number_groups(rows: int, groups: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], int]:
    """Return the group of each of so many rows, counted from 0, and the number of groups."""
    if groups is None:
        return np.arange(rows), rows
    names, positions = np.unique(groups, return_inverse=True)
    return positions, len(names)
