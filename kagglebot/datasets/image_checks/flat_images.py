"""A check for decoded images that hold no picture: of one colour, nearly so, or nearly all the same."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: What differs by fewer of the 256 levels of brightness is nearly the same.
NEAR = 8
_NEARLY_ALL = 0.9
_DARK = 32
#: One set is on another scale where the other's brightest pixel is so many times as bright.
_APART = 8
_SAMPLE = 100
_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class ImageSet:
    """The training or the test images.

    Attributes:
        images: (rows, height, width, channels) uint8.
        locate: Returns where the image of a row is, for messages.
        blank: The rows whose files could not be read: they are black, and do not count.
    """

    images: NDArray[np.uint8]
    locate: Callable[[int], str]
    blank: Sequence[int] = ()


def describe_flat_images(sets: Sequence[ImageSet], *, converted: bool = False) -> tuple[str, ...]:
    """Return a sentence for each way in which images hold no picture, with their number and an example.

    ``converted`` images were brought to 8 bits by a range, or laid on a background, which may be the cause.
    """
    cause = "the range or the background named before may hide it, or " if converted else ""
    spreads, brightest = zip(*(_spread(each.images) for each in sets), strict=True)
    flat = np.concatenate(spreads)
    alike = np.concatenate(_alike([each.images for each in sets]))
    counted = np.concatenate([~np.isin(np.arange(len(each.images)), each.blank) for each in sets])
    darker = _darker(brightest)
    looked_at = np.concatenate([np.full(len(each.images), row != darker) for row, each in enumerate(sets)])
    dim, alike = flat < NEAR, alike & (np.mean(alike) >= _NEARLY_ALL)
    kinds = {
        "of one colour": flat == 0,
        f"nearly of one colour, with less than {NEAR} of 256 levels from darkest to brightest": (flat > 0) & dim,
        "nearly the same": alike & ~dim,
    }
    notes = []
    for kind, belongs in kinds.items():
        rows = np.flatnonzero(belongs & counted & looked_at)
        if len(rows) > (kind == "nearly the same"):
            notes.append(
                f"{len(rows):,} of {counted.sum():,} images are {kind}, such as {_locate(sets, int(rows[0]))}. "
                f"Look at some before a search: {cause}the files may not hold what is to be told apart."
            )
    if 0 < max(brightest) < _DARK:
        notes.append(
            f"No pixel is brighter than {max(brightest)} of 255. A study evens that out with preprocessing = "
            f'"standardise" among its [fixed] settings.'
        )
    elif darker is not None:
        names = ("training", "test")[:: -1 if darker else 1]
        notes.append(
            f"No {names[0]} image has a pixel brighter than {min(brightest)} of 255, and {names[1]} images reach "
            f"{max(brightest)}: training and test images may be on different scales. Bring both to one in "
            f"data/COMPETITION/files/, and run `kagglebot fetch` again."
        )
    return tuple(notes)


def _darker(brightest: Sequence[int]) -> int | None:
    """Return the set that may be on another scale: its brightest pixel is far darker than the other's."""
    if len(brightest) != 2 or not 0 < _APART * min(brightest) < max(brightest):
        return None
    return brightest.index(min(brightest))


def _locate(sets: Sequence[ImageSet], row: int) -> str:
    """Return where the image of a row of all sets is."""
    first, *others = sets
    rows = len(first.images)
    return first.locate(row) if row < rows else _locate(others, row - rows)


def _spread(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return the levels between the darkest and the brightest pixel of each image, (rows,), and the brightest."""
    spread, highest = np.zeros(len(images), np.uint8), 0
    step = max(1, _BLOCK_BYTES // max(1, math.prod(images.shape[1:])))
    for first in range(0, len(images), step):
        block = images[first : first + step]
        colours = [block[..., channel] for channel in range(block.shape[3])]  # all at once take 40 times as long
        darkest, brightest = (
            np.array([extreme(colour, axis=(1, 2)) for colour in colours]) for extreme in (np.min, np.max)
        )
        spread[first : first + step] = (brightest - darkest).max(axis=0)
        highest = max(highest, int(brightest.max()))
    return spread, highest


def _alike(sets: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.bool_]]:
    """Return for each image, (rows,), whether it is as nearly all are: none where a sample is not alike."""
    sample = sets[0][:: max(1, len(sets[0]) // _SAMPLE)]
    typical = np.sort(sample, axis=0)[len(sample) // 2]

    def is_typical(image: NDArray[np.uint8]) -> bool:
        return int((np.maximum(image, typical) - np.minimum(image, typical)).max()) < NEAR

    if np.mean([is_typical(image) for image in sample]) < _NEARLY_ALL:
        return [np.zeros(len(images), bool) for images in sets]
    return [np.array([is_typical(image) for image in images]) for images in sets]
