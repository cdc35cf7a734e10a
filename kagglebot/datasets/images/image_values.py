"""What is measured of one image: its values, or its contrast on each background; imports little, as ``chunks``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kagglebot.datasets.images.chunks import Chunk, each_file
from kagglebot.datasets.images.conversion import Range
from kagglebot.datasets.images.eight_bit import deep_values, is_deep, varies
from kagglebot.datasets.images.image_file import open_image

_T = TypeVar("_T")

#: Black, white, and the grey on which both can be seen.
BACKGROUNDS = {0: "black", 255: "white", 128: "grey"}

_LARGEST = 1e30  # larger fractions mark pixels without a value
# The share of an image that counts as nearly all its pixels.
_BULK = 0.999
_FEWEST_PIXELS = 1000  # in fewer, that share leaves none out
_PIXELS = 50_000  # of an image in which that share is looked for
_SIDE = 256  # pixels, about, of the grid at which transparent images are looked at


@dataclass(frozen=True)
class Values:
    """The lowest and the highest value of an image, those between which nearly all are, and the second lowest."""

    fractions: bool
    all: Range
    bulk: Range
    second: float = np.inf


def measure_chunk(chunk: Chunk, read: Callable[[Image.Image], _T]) -> list[_T]:
    """Return what ``read`` finds in each image of a chunk; unreadable ones are left out."""
    found: list[_T] = []
    each_file(chunk, lambda _, path: found.append(open_image(path, read)))
    return found


def read_values(image: Image.Image) -> Values:
    """Return the values of an image of more than 8 bits."""
    values = deep_values(image)
    if values.shape[2:] in ((2,), (4,)):
        values = values[..., :-1]
    fractions = values.dtype.kind == "f"
    if fractions:
        values = values[np.abs(values) < _LARGEST]  # neither NaN nor infinite
    if not values.size:
        return Values(fractions, (0, 0), (0, 0))
    everything = float(values.min()), float(values.max())
    bulk = everything
    if values.size >= _FEWEST_PIXELS:
        some = values.ravel()[:: values.size // _PIXELS + 1]
        bulk = (
            float(np.quantile(some, 1 - _BULK, method="higher")),
            float(np.quantile(some, _BULK, method="lower")),
        )
    others = values[values > everything[0]] if everything[0] < 0 else values[:0]
    second = float(others.min()) if others.size else np.inf
    return Values(fractions, everything, bulk, second)


def read_contrasts(image: Image.Image) -> tuple[float, ...]:
    """Return the contrast of a picture on each background; nothing where all is as transparent."""
    pixels = _rgba(image)
    step = max(1, min(pixels.shape[:2]) // _SIDE)
    pixels = pixels[::step, ::step]
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    if not varies(alpha):
        return ()
    seen = (colours * alpha + background / 255 * (1 - alpha) for background in BACKGROUNDS)
    return tuple(float(each.std(axis=(0, 1)).max()) for each in seen)


def _rgba(image: Image.Image) -> NDArray[Any]:
    """Return an image as (height, width, 4) fractions; a deep one as bright as it can be."""
    if not is_deep(image) or image.mode[0] in "IF":
        return np.asarray(image.convert("RGBA"), np.float32) / 255
    values = deep_values(image).astype(np.float32)
    colours = values[..., :-1] / max(1, values[..., :-1].max())
    return np.concatenate([np.broadcast_to(colours, (*values.shape[:2], 3)), values[..., -1:] / 65535], axis=2)
