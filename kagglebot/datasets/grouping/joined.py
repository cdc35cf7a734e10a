"""Groups and copies joined: the rows that stay on one side of a split."""

import numpy as np
from numpy.typing import NDArray

#: A group that copies make larger than this share of the rows could not be held out.
_LARGEST_SHARE = 0.5
_LEFT_OUT = (
    "So many groups share copies that most rows would be one group: groups are kept on one side of a split, and "
    "copies only inside them."
)


def stay_together(
    groups: NDArray[np.int64], copies: NDArray[np.int64]
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Return the groups of rows that stay on one side of a split, and a note where copies are left out.

    Args:
        groups: (rows,) int64, such as the patient of each row.
        copies: (rows,) int64, the same for copies of one image.

    Returns:
        (rows,) int64 from 0; None where every row is a group of its own.
    """
    notes: tuple[str, ...] = ()
    if _largest(groups) == 1 or _largest(copies) == 1:
        joined = np.unique(copies if _largest(groups) == 1 else groups, return_inverse=True)[1]
    else:
        joined = join(groups, copies)
    if _largest(joined) > max(_LARGEST_SHARE * len(joined), _largest(groups), _largest(copies)):
        joined, notes = np.unique(groups, return_inverse=True)[1], (_LEFT_OUT,)
    return (joined.astype(np.int64) if _largest(joined) > 1 else None), notes


def join(groups: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the groups of rows that share a group in one of the two, directly or over other rows.

    >>> join(np.array([0, 0, 1, 2, 3]), np.array([5, 6, 6, 7, 8])).tolist()
    [0, 0, 0, 1, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    (left, first), (right, second) = (np.unique(each, return_inverse=True) for each in (groups, others))
    size = len(left) + len(right)
    links = coo_array((np.ones(len(first), np.int8), (first, len(left) + second)), shape=(size, size))
    _, components = connected_components(links, directed=False)
    return np.unique(components[first], return_inverse=True)[1]


def _largest(groups: NDArray[np.int64]) -> int:
    return int(np.unique(groups, return_counts=True)[1].max(initial=0))
