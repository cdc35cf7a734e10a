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


def tiff_of_16_bits(pixels: NDArray[Any], *, order: str = "<", packed: bool = False) -> bytes:
    """Return colours, (height, width, 3), as a TIFF of 16 bits in little ("<") or big endian (">")."""
    height, width, _ = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    data = zlib.compress(data) if packed else data
    bits = struct.pack(f"{order}3H", 16, 16, 16)
    start = 8 + len(data) + len(bits)
    tags = [
        *((256, width), (257, height), (258, start - len(bits)), (259, 8 if packed else 1), (262, 2)),
        *((273, 8), (277, 3), (278, height), (279, len(data))),
    ]
    entries = b"".join(
        struct.pack(f"{order}HHI", tag, 3 if tag == 258 else 4, 3 if tag == 258 else 1)
        + struct.pack(f"{order}I", value)
        for tag, value in tags
    )
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, start)
    return header + data + bits + struct.pack(f"{order}H", len(tags)) + entries + bytes(4)
