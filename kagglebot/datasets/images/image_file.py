"""One image file: its header, and its pixels in a given shape.

All images become 8-bit grey or RGB (see ``eight_bit``), turned by their EXIF orientation; of several frames or
pages the first is taken.

Pillow's ``ImageOps`` would change the pixels and take longer: its ``fit`` and ``pad`` shrink without
``reducing_gap``, which takes 1.9 and 2.3 ms from 1024 x 768 to 64 x 64 pixels where ``fit_image`` takes 0.7 ms,
and half of the pixels differ, by up to 4. Its ``exif_transpose`` decodes the whole image before ``draft`` can
make that cheaper, and raises where the EXIF data is broken.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.Image import Transpose

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.eight_bit import eight_bit, is_deep, raw_mode
from kagglebot.datasets.images.formats.image_formats import (
    FORMATS,
    count_channels,
    describe_unsupported,
    has_deep_planes,
    read_tiff_tags,
)
from kagglebot.datasets.images.formats.npy_file import count_planes, is_arranged
from kagglebot.datasets.images.resize_rule import LARGEST_NATIVE_SIDE, Fit
from kagglebot.system.files.disk_errors import disk_errors, is_disk_error

_T = TypeVar("_T")

_GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"})
_ORIENTATION = 0x0112
_ORIENTATION_KEYS = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif"})
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})  # the EXIF orientations that exchange height and width


class CorruptImage(Exception):
    """The file is not an image that can be read whole; the message is the reason."""


@dataclass(frozen=True)
class Header:
    """What is known of an image before it is decoded.

    Attributes:
        height: In pixels, after its EXIF orientation, as ``width``.
        grey: Whether it is grey by its mode.
        deep: Whether it has more than 8 bits for each value.
        fractions: Whether these are fractions.
        further_channels: Whether it has channels that are left out.
        transparent: Whether it can have transparent pixels.
        frames: Whether it has several frames or pages.
        arranged: Whether it is an array of channels that are no grey or colours.
    """

    height: int
    width: int
    grey: bool
    deep: bool = False
    transparent: bool = False
    frames: bool = False
    fractions: bool = False
    further_channels: bool = False
    arranged: bool = False


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Pillow's warnings: they are of harmless oddities, and for errors it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_header(path: Path) -> Header:
    """Read the size and the mode of an image without decoding it.

    Raises:
        CorruptImage: It is not an image, or claims more pixels than Pillow would decode.
    """
    return open_image(path, _header)


def read_pixels(
    path: Path, shape: tuple[int, int, int], fit: Fit, conversion: Conversion | None = None
) -> NDArray[np.uint8]:
    """Decode an image to ``shape``: (height, width, channels) uint8.

    Raises:
        CorruptImage: It is not an image, is cut off or damaged, or claims more pixels than Pillow would decode.
    """
    return open_image(path, partial(_pixels, shape=shape, fit=fit, conversion=conversion or Conversion()))


def fit_image(image: Image.Image, height: int, width: int, fit: Fit) -> Image.Image:
    """Resize an image of mode L or RGB; a pixel of a smaller image is the mean of all the pixels it covers."""
    if image.size == (width, height):
        return image
    scales = width / image.width, height / image.height
    # Nets with pretrained weights need sharp images; smaller ones stay as earlier versions made them.
    sharp = max(height, width) > LARGEST_NATIVE_SIDE
    resample = Image.Resampling.LANCZOS if sharp else Image.Resampling.BILINEAR
    resize = partial(image.resize, resample=resample, reducing_gap=3.0)
    if fit == "stretch":
        return resize((width, height))
    if fit == "crop":
        box_width, box_height = width / max(scales), height / max(scales)
        left, top = (image.width - box_width) / 2, (image.height - box_height) / 2
        return resize((width, height), box=(left, top, left + box_width, top + box_height))
    scale = min(scales)
    inner = resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    padded = Image.new(image.mode, (width, height))
    padded.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
    return padded


def open_image(path: Path, read: Callable[[Image.Image], _T]) -> _T:
    """Return what ``read`` makes of an image.

    Raises:
        CorruptImage: It is not an image, or ``read`` finds it damaged.
    """
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        try:
            with Image.open(stream, formats=FORMATS) as image:
                if image.format == "TIFF" and has_deep_planes(tags := getattr(image, "tag_v2", {})):
                    raise CorruptImage(describe_unsupported(tags))
                return read(image)
        except UnidentifiedImageError as error:
            unread = describe_unsupported(read_tiff_tags(stream)) or f"no {', '.join(FORMATS)} file"
            raise CorruptImage(unread if path.stat().st_size else "the file is empty") from error
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises exceptions of nearly every kind for broken files
            if is_disk_error(error):
                raise
            raise CorruptImage(str(error).rstrip(".") or type(error).__name__) from error


def _header(image: Image.Image) -> Header:
    width, height = image.size
    if _orientation(image) in _ON_ITS_SIDE:
        width, height = height, width
    planes = count_planes(image)
    return Header(
        height // planes,
        width,
        planes == 1 and (image.mode in _GREY_MODES or raw_mode(image).startswith("LA;")),
        is_deep(image),
        image.has_transparency_data and image.mode[0] not in "IF",
        _has_frames(image),
        image.mode[0] == "F",
        count_channels(getattr(image, "tag_v2", {})) > len(image.getbands()),
        is_arranged(image),
    )


def _has_frames(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # only the first frame must be sound
        return False


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that is still to be applied, 1 for none."""
    # Pillow turns TIFF itself. A PNG's own getexif would decode the image to look for EXIF data behind the pixels.
    if image.format == "TIFF" or _ORIENTATION_KEYS.isdisjoint(image.info):
        return 1
    try:
        orientation = Image.Image.getexif(image).get(_ORIENTATION, 1)
    except Exception:  # cameras and editors write broken EXIF data into good images
        return 1
    return orientation if orientation in _TURNS else 1


def _pixels(
    image: Image.Image, shape: tuple[int, int, int], fit: Fit, conversion: Conversion
) -> NDArray[np.uint8]:
    height, width, channels = shape
    mode = "L" if channels == 1 else "RGB"
    orientation = _orientation(image)
    # JPEG can be decoded at a half, a quarter or an eighth of its size, several times faster.
    image.draft(mode, (2 * height, 2 * width) if orientation in _ON_ITS_SIDE else (2 * width, 2 * height))
    plain = eight_bit(image, mode, conversion)
    if orientation in _TURNS:
        plain = plain.transpose(_TURNS[orientation])
    return np.asarray(fit_image(plain, height, width, fit)).reshape(shape)
