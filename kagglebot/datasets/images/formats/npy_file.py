"""Arrays in .npy files as a format of Pillow: (height, width), or with channels first or last.

One channel is grey; of 8 bits, three are colours and four have alpha. Others are of mode F, fractions: two get
their mean as a third; three are colours, which Pillow has no mode for, so they lie below each other and ``info``
counts these planes; more lie below each other as one grey image.
"""

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image, ImageFile

FORMAT, SUFFIX = "NPY", ".npy"
_MAGIC = b"\x93NUMPY"
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_PLANES, _ARRANGED = "npy planes", "npy arranged"
Shape = tuple[int, ...]


class NpyImageFile(ImageFile.ImageFile):
    """An array, of which only the header is read before its pixels are asked for."""

    format = FORMAT
    format_description = "NumPy array"

    def _open(self) -> None:
        assert self.fp is not None  # until it is loaded
        version = npy.read_magic(self.fp)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, kind = read(self.fp)
        if len(_without_ones(shape)) not in (2, 3) or kind.kind not in "biuf" or 0 in shape:
            raise ValueError(f"an array of shape {shape} and type {kind} is no image")
        start = self.fp.tell()
        if math.prod(shape) * kind.itemsize > self.fp.seek(0, io.SEEK_END) - start:
            raise ValueError("it is cut off")
        height, width, channels = self._shape = _channels_last(_without_ones(shape))
        self._mode = _MODES.get(channels, "F") if kind.itemsize == 1 and kind.kind in "bu" else "F"
        if self._mode == "F":
            self.info[_PLANES] = planes = 3 if channels in (2, 3) else 1
            self.info[_ARRANGED] = channels not in (1, 3)
            height *= max(channels, planes)
        self._size = width, height

    def load(self) -> Any:
        """Read the pixels; see ``Image.load``."""
        if self._im is None:
            assert self.fp is not None
            self.fp.seek(0)
            self.im = Image.fromarray(_arranged(np.load(self.fp, allow_pickle=False), self.mode)).im
        return super().load()


def count_planes(image: Image.Image) -> int:
    """Return how many channels lie below each other in an image of mode F: 3 for colours, else 1."""
    return int(image.info.get(_PLANES, 1))


def is_arranged(image: Image.Image) -> bool:
    """Return whether an image is an array of channels that are no grey or colours."""
    return bool(image.info.get(_ARRANGED, False))


def _without_ones(shape: Shape) -> Shape:
    """Return the shape of an array of more than three axes without those of one value, as of a batch."""
    return tuple(size for size in shape if size > 1) if len(shape) > 3 else shape


def _channels_last(shape: Shape) -> Shape:
    """Return (height, width, channels): channels are the smaller one of the first and the last axis."""
    if len(shape) == 2:
        return (*shape, 1)
    return (*shape[1:], shape[0]) if shape[0] < shape[2] else shape


def _arranged(values: NDArray[Any], mode: str) -> NDArray[Any]:
    """Return an array as Pillow takes it in that mode."""
    values = values.reshape(_without_ones(values.shape))
    values = values[..., None] if values.ndim == 2 else values
    values = np.moveaxis(values, 0, 2) if values.shape[0] < values.shape[2] else values
    if values.dtype.kind == "b":
        values = values * np.uint8(255)
    if mode != "F":
        return np.ascontiguousarray(values[..., 0] if mode == "L" else values)
    values = values.astype(np.float32)
    if values.shape[2] == 2:
        values = np.concatenate([values, values.mean(axis=2, keepdims=True)], axis=2)
    return np.moveaxis(values, 2, 0).reshape(-1, values.shape[1])


Image.register_open(FORMAT, NpyImageFile, lambda prefix: prefix.startswith(_MAGIC))
