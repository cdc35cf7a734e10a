"""Array files of images, written in parts."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray


def write_header(stream: BinaryIO, rows: int, row_shape: tuple[int, int, int]) -> int:
    """Write the header of a .npy file of uint8 images, and return its length, the same for any ``rows``."""
    stream.seek(0)
    # NumPy pads this header so that the first axis can grow.
    header = {"descr": "|u1", "fortran_order": False, "shape": (rows, *row_shape)}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.tell()


class RowWriter:
    """Writes a .npy file of images in parts; the number of rows need not be known before."""

    def __init__(self, path: Path, row_shape: tuple[int, int, int]) -> None:
        self.rows = 0
        self._row_shape = row_shape
        self._stream = path.open("wb")
        write_header(self._stream, 0, row_shape)

    def append(self, images: NDArray[np.uint8]) -> None:
        """Add images: (n, pixels of one image) uint8, or any shape with as many values."""
        self._stream.write(np.ascontiguousarray(images).data)
        self.rows += len(images)

    def __enter__(self) -> "RowWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            write_header(self._stream, self.rows, self._row_shape)
        self._stream.close()
