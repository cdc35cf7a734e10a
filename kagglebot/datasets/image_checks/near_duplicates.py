"""Images that are nearly the same: their difference hashes differ in a few of 64 bits.

A difference hash (N. Krawetz, "Kind of Like That", 2013) says of 8 x 9 fields of an image whether each is darker
than the one to its right. Compression, a little noise or another size change few of these bits.
"""

import math

import numpy as np
from numpy.typing import NDArray

#: Hashes that differ in at most so many of 64 bits count as nearly the same.
MOST_BITS = 2
_ROWS, _COLUMNS = 8, 9
#: A hash with fewer bits of either kind is of an image with too little detail.
_LEAST_BITS = 16
#: So is one where more of the 64 fields are as bright as the next, to a level of 256: a digit on black.
_MOST_TIES = 16
#: Pixels of a side that are looked at; of larger images every second, third, ... is.
_SIDE = 72
#: Images that agree in a part of the hash are compared with so many others.
_COMPARED = 64
#: Of three parts of 64 bits, one is equal in two hashes that differ in two bits.
_PARTS = ((0, 22), (22, 21), (43, 21))


def difference_hashes(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the difference hash of each image, (rows,) uint64; 0 where it is smaller than 8 x 9 or has no detail.

    Args:
        images: (rows, height, width, channels) uint8.
    """
    step = max(1, math.ceil(min(images.shape[1:3]) / _SIDE))
    seen = np.zeros_like(images[:, ::step, ::step, 0], np.uint32)
    for channel in range(images.shape[3]):  # all at once take many times as long
        seen += images[:, ::step, ::step, channel]
    _, height, width = seen.shape
    if height < _ROWS or width < _COLUMNS:
        return np.zeros(len(images), np.uint64)
    tops, lefts = np.arange(_ROWS) * height // _ROWS, np.arange(_COLUMNS) * width // _COLUMNS
    sums = np.add.reduceat(np.add.reduceat(seen, tops, axis=1), lefts, axis=2)
    means = sums / np.diff(lefts, append=width)
    steps = np.diff(means, axis=2).reshape(len(images), -1)
    ties = np.count_nonzero(np.abs(steps) < images.shape[3], axis=1)
    hashes = np.packbits(steps > 0, axis=1).view(np.uint64).reshape(-1)
    return np.where(ties <= _MOST_TIES, hashes, np.uint64(0))


def nearly_same(
    hashes: NDArray[np.uint64], digests: NDArray[np.uint64], sides: NDArray[np.int8]
) -> tuple[int, int]:
    """Count the images that are nearly, but not exactly, the same as a training image.

    Of images with a common part of the hash each is compared with the next 64 in the order of the hashes, so of a
    larger number of images that are all alike some may be missed.

    Args:
        hashes: (rows,) the difference hash of each image.
        digests: (rows,) the same for images with the same pixels.
        sides: (rows,) 0 for a training image, 1 for a test image.

    Returns:
        The number of training images, and of test images.
    """
    set_bits = np.bitwise_count(hashes)
    rows = np.flatnonzero((set_bits >= _LEAST_BITS) & (set_bits <= 64 - _LEAST_BITS))
    near = np.zeros(len(hashes), bool)
    for first, length in _PARTS:
        part = hashes[rows] >> np.uint64(first) & np.uint64((1 << length) - 1)
        order = rows[np.lexsort((hashes[rows], part))]
        part = np.sort(part)
        for apart in range(1, min(_COMPARED, len(order) - 1) + 1):
            one, other = order[:-apart], order[apart:]
            alike = part[:-apart] == part[apart:]
            if not alike.any():
                break
            alike &= np.bitwise_count(hashes[one] ^ hashes[other]) <= MOST_BITS
            alike &= digests[one] != digests[other]
            near[one[alike & (sides[other] == 0)]] = True
            near[other[alike & (sides[one] == 0)]] = True
    return int(np.count_nonzero(near & (sides == 0))), int(np.count_nonzero(near & (sides == 1)))
