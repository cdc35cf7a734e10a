"""Images of any depth, with or without transparency, converted to 8-bit grey or RGB."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from kagglebot.datasets.images.conversion import Conversion, Range
from kagglebot.datasets.images.formats.image_formats import FORMATS
from kagglebot.datasets.images.formats.npy_file import count_planes

_PHOTOMETRIC, _SAMPLE_FORMAT = 262, 339  # tags of TIFF
_HIGH_BYTES = ("RGB;16", "RGBA;16", "RGBX;16", "LA;16")
#: Of two bytes the one that Pillow leaves out, by the order that it reads them in: native, big or little endian.
_LOW_BYTE = {"N": "B" if sys.byteorder == "little" else "L", "B": "L", "L": "B"}


def is_deep(image: Image.Image) -> bool:
    """Return whether an image has more than 8 bits for each of its values; it need not be decoded yet."""
    return image.mode[0] in "IF" or raw_mode(image).startswith(_HIGH_BYTES)


def eight_bit(image: Image.Image, mode: str, conversion: Conversion) -> Image.Image:
    """Return an image in ``mode``, L or RGB."""
    if is_deep(image) and not _is_pillows(image, conversion):
        image = _scaled(deep_values(image), conversion)
    elif image.mode == "L" and _is_signed(image):
        image = image.point([level ^ 128 for level in range(256)])
    if image.mode == "LAB":
        image = _lab_to_rgb(image)
    if image.has_transparency_data:
        image = _opaque(image.convert("RGBA"), conversion.background)
    if image.mode == mode:
        image.load()  # Pillow turns a TIFF only now
        return image
    return image.convert(mode)


def deep_values(image: Image.Image) -> NDArray[Any]:
    """Decode a deep image: (height, width) or (height, width, channels), an alpha channel last.

    Pillow keeps the high byte of colours only, so what is left out is read from the file once more.
    """
    if image.mode[0] in "IF":
        return _whole_or_fractions(image)
    stream, kind = image.fp, raw_mode(image)  # type: ignore[attr-defined]
    high = np.asarray(image).astype(np.uint16)
    stream.seek(0)
    with Image.open(stream, formats=FORMATS) as again:
        # Grey and alpha of 16 bits take as many bytes as four channels of 8.
        wanted = "RGBA" if kind.startswith("LA") else kind[:-1] + _LOW_BYTE[kind[-1]]
        again.tile = [tile._replace(args=_with_raw_mode(tile.args, wanted)) for tile in again.tile]
        low = np.asarray(again).astype(np.uint16)
    return low[..., ::2] << 8 | low[..., 1::2] if kind.startswith("LA") else high << 8 | low


def _whole_or_fractions(image: Image.Image) -> NDArray[Any]:
    tags: dict[int, Any] = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    if image.mode == "I" and tags and tags.get(_SAMPLE_FORMAT, (1,))[0] == 1:
        values = values.view(np.uint32)  # Pillow has no mode for them
    if tags.get(_PHOTOMETRIC) == 0 and values.dtype.kind == "u":  # 0 is white
        values = np.iinfo(values.dtype).max - values
    planes = count_planes(image)
    return values if planes == 1 else np.moveaxis(values.reshape(planes, -1, values.shape[1]), 0, 2)


def _is_signed(image: Image.Image) -> bool:
    """Return whether values of 8 bits are from -128 to 127, which Pillow reads as if they were from 0 to 255."""
    return bool(image.format == "TIFF" and getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, (1,))[0] == 2)


def scale(values: NDArray[Any], limits: Range) -> NDArray[np.uint8]:
    """Return values as uint8: the limits become 0 and 255, what lies beyond too, and NaN becomes 0."""
    low, high = limits
    scaled: NDArray[Any] = values.astype(np.float32 if values.dtype.itemsize == 2 else np.float64)
    if values.dtype.kind == "f":
        np.nan_to_num(scaled, copy=False, nan=low, posinf=high, neginf=low)
    np.clip(scaled, low, high, out=scaled)
    scaled -= low
    scaled *= 255 / (high - low or 1)
    pixels: NDArray[np.uint8] = np.rint(scaled, out=scaled).astype(np.uint8)
    return pixels


def varies(pixels: NDArray[Any]) -> bool:
    """Return whether the pixels of an image, (height, width, channels), are not all the same."""
    return bool((pixels != pixels[:1, :1]).any())


def raw_mode(image: Image.Image) -> str:
    """Return how the values stand in the file, as Pillow names it; empty where they are decoded already."""
    tiles = getattr(image, "tile", None)
    arguments: Any = tiles[0].args if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments or "")


def _with_raw_mode(arguments: Any, wanted: str) -> Any:
    return (wanted, *arguments[1:]) if isinstance(arguments, tuple) else wanted


def _is_pillows(image: Image.Image, conversion: Conversion) -> bool:
    """Return whether Pillow's own reading, the high byte of each value, is what is wanted."""
    return raw_mode(image).startswith("RGB;16") and conversion.whole == Conversion.whole


def _scaled(values: NDArray[Any], conversion: Conversion) -> Image.Image:
    low, high = conversion.whole
    if values.dtype.kind == "f":
        default = (0.0, 1.0) if np.nanmax(values, initial=0) <= 1 else (0.0, 255.0)
        low, high = conversion.fractions or default
    alpha = values.shape[2:] in ((2,), (4,))
    colours = values[..., :-1] if alpha else values
    pixels = scale(colours, (low, high))
    if alpha:
        pixels = np.concatenate([pixels, eight_bit_alpha(values)], axis=2)
    return Image.fromarray(pixels)


def eight_bit_alpha(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the alpha of 16-bit pixels, (height, width, 1): its high byte, or the low one where that is 0."""
    alpha = values[..., -1:]
    return (alpha >> (8 if alpha.max(initial=0) > 255 else 0)).astype(np.uint8)


def _opaque(pixels: Image.Image, background: int) -> Image.Image:
    """Lay an RGBA image on the background; one that is everywhere as transparent is shown as if it were not."""
    lowest, highest = pixels.getchannel("A").getextrema()
    if lowest == 255 or (lowest == highest and varies(np.asarray(pixels.convert("RGB")))):
        return pixels.convert("RGB")
    return Image.alpha_composite(Image.new("RGBA", pixels.size, (background,) * 3 + (255,)), pixels)


def _lab_to_rgb(image: Image.Image) -> Image.Image:
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.applyTransform(image, ImageCms.buildTransform(*profiles, "LAB", "RGB"))
    assert converted is not None
    return converted
