"""Image files of scikit-learn's digits in every depth and kind of transparency."""

import io
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@cache
def _digits() -> NDArray[Any]:
    from sklearn.datasets import load_digits

    return load_digits().images / 16


def digit(row: int, largest: float = 1.0, kind: Any = float) -> NDArray[Any]:
    """Return a digit, (8, 8), with values from 0 to ``largest``."""
    drawn: NDArray[Any] = np.rint(_digits()[row] * largest) if largest > 1 else _digits()[row] * largest
    return drawn.astype(kind)


def encode(pixels: Any, format: str = "PNG", **options: Any) -> bytes:
    """Return pixels, or an image of Pillow, as the bytes of a file."""
    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(stream, format, **options)
    return stream.getvalue()


def png_of_16_bits(*channels: NDArray[Any]) -> bytes:
    """Return a PNG of two to four channels of 16 bits, which Pillow does not write."""
    pixels = np.stack(channels, axis=-1).astype(">u2")
    height, width, count = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[count], 0, 0, 0)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def ink(alpha: NDArray[Any], colour: int, mode: str = "RGBA", format: str = "PNG") -> bytes:
    """Return an image of one colour, whose shape is its alpha, from 0 to 1."""
    pixels = np.full((*alpha.shape, 4), colour, np.uint8)
    pixels[..., 3] = alpha * 255
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    return encode(Image.fromarray(pixels).convert(mode), format, **options)
