"""What is measured of one image: its values, or its contrast on each background; imports little, as ``chunks``."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kagglebot.datasets.images.eight_bit import deep_values, eight_bit_alpha, is_deep, varies
from kagglebot.datasets.images.image_file import open_image
from kagglebot.datasets.images.processes.chunks import Chunk, each_file
from kagglebot.datasets.images.value_range import Values, values_of

_T = TypeVar("_T")

#: Black, white, and the grey on which both can be seen.
BACKGROUNDS = {0: "black", 255: "white", 128: "grey"}

_FEW_OPAQUE = 0.1  # the share of opaque pixels from which a picture is more than some dots
_SIDE = 256  # pixels, about, of the grid at which transparent images are looked at


def measure_chunk(chunk: Chunk, read: Callable[[Image.Image], _T]) -> list[_T]:
    """Return what ``read`` finds in each image of a chunk; unreadable ones are left out."""
    found: list[_T] = []
    each_file(chunk, lambda _, path: found.append(open_image(path, read)))
    return found


def read_values(image: Image.Image) -> Values | None:
    """Return the values of an image of more than 8 bits; None where no pixel has one."""
    values = deep_values(image)
    return values_of(values[..., :-1] if values.shape[2:] in ((2,), (4,)) else values)


def read_contrasts(image: Image.Image) -> tuple[float, ...]:
    """Return a picture's contrast on each background, and without alpha; none where alpha is all the same.

    The contrast without alpha is 0 for pictures of which a good part is opaque.
    """
    pixels = _rgba(image)
    step = max(1, min(pixels.shape[:2]) // _SIDE)
    pixels = pixels[::step, ::step]
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    if not varies(alpha):
        return ()
    seen = (colours * alpha + background / 255 * (1 - alpha) for background in BACKGROUNDS)
    without_alpha = colours * (alpha.mean() < _FEW_OPAQUE)
    return tuple(float(each.std(axis=(0, 1)).max()) for each in (*seen, without_alpha))


def _rgba(image: Image.Image) -> NDArray[Any]:
    """Return an image as (height, width, 4) fractions; a deep one as bright as it can be."""
    if not is_deep(image) or image.mode[0] in "IF":
        return np.asarray(image.convert("RGBA"), np.float32) / 255
    values = deep_values(image)
    colours = values[..., :-1] / np.float32(max(1, values[..., :-1].max()))
    pixels = np.broadcast_to(colours, (*values.shape[:2], 3)), eight_bit_alpha(values) / np.float32(255)
    return np.concatenate(pixels, axis=2)
