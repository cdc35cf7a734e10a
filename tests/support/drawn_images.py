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


def tiff(pixels: NDArray[Any], *, order: str = "<", packed: bool = False, planes: bool = False) -> bytes:
    """Return grey or colours, (height, width) or (height, width, channels), as a TIFF of any type of number.

    It is in little ("<") or big endian (">"); with ``planes`` each colour is for itself.
    """
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, channels = pixels.shape
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    data = pixels.astype(pixels.dtype.newbyteorder(order))
    parts = [data[..., channel].tobytes() for channel in range(channels)] if planes else [data.tobytes()]
    parts = [zlib.compress(part) for part in parts] if packed else parts
    ends = [8 + sum(map(len, parts[: number + 1])) for number in range(len(parts))]
    tags = {
        **{256: [width], 257: [height], 258: [8 * pixels.dtype.itemsize] * channels, 259: [8 if packed else 1]},
        **{262: [2 if channels > 2 else 1], 273: [8, *ends[:-1]], 277: [channels], 278: [height]},
        **{279: list(map(len, parts)), 284: [2 if planes else 1], 338: [0] * (channels - 3)},
        339: [kind] * channels,
    }
    tags = {tag: values for tag, values in tags.items() if values}
    tail, entries, start = b"", b"", ends[-1] + 6 + 12 * len(tags)
    for tag, values in tags.items():
        short = tag not in (273, 279)
        content = struct.pack(f"{order}{len(values)}{'H' if short else 'I'}", *values)
        if len(content) > 4:
            content, tail = struct.pack(f"{order}I", start + len(tail)), tail + content
        entries += struct.pack(f"{order}HHI", tag, 3 if short else 4, len(values)) + content.ljust(4, b"\0")
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, ends[-1])
    return header + b"".join(parts) + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + tail
