"""The work of one worker process on some of the image files; imports nothing heavier than NumPy and Pillow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.datasets.images.image_file import CorruptImage, quiet, read_header, read_pixels
from kagglebot.datasets.images.resize_rule import Fit

#: (height, width, channels) of an image.
Shape = tuple[int, int, int]

#: The index of each corrupt file among all files, and why it counts as corrupt.
Corrupt = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Chunk:
    """Consecutive files, and the index of the first among all files."""

    first: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Target:
    """The file that decoded rows are written to.

    Attributes:
        path: The file.
        offset: The byte at which its array begins.
        shape: (height, width, channels) of each row.
        fit: What happens to images of other proportions.
        stop_at_corrupt: Whether to stop at the first corrupt image.
    """

    path: Path
    offset: int
    shape: Shape
    fit: Fit
    stop_at_corrupt: bool


@dataclass(frozen=True)
class Headers:
    """The headers of a chunk: the number of files, their sizes (height, width), and whether all are grey."""

    files: int
    sizes: frozenset[tuple[int, int]]
    grey: bool
    corrupt: Corrupt


@dataclass(frozen=True)
class Decoded:
    """The number of files in a decoded chunk, and the corrupt ones."""

    files: int
    corrupt: Corrupt


def read_headers(chunk: Chunk) -> Headers:
    """Read the headers of a chunk.

    Raises:
        DataError: The disk cannot read a file.
    """
    sizes: set[tuple[int, int]] = set()
    grey: set[bool] = set()

    def read(_: int, path: Path) -> None:
        header = read_header(path)
        sizes.add((header.height, header.width))
        grey.add(header.grey)

    corrupt = _each(chunk, read)
    return Headers(len(chunk.files), frozenset(sizes), False not in grey, corrupt)


def decode_chunk(chunk: Chunk, target: Target) -> Decoded:
    """Decode a chunk and write its rows into the target; the rows of corrupt files are black.

    Raises:
        DataError: The disk cannot read a file.
        OSError: The disk cannot write the rows.
    """
    rows = np.zeros((len(chunk.files), *target.shape), np.uint8)

    def read(row: int, path: Path) -> None:
        rows[row] = read_pixels(path, target.shape, target.fit)

    corrupt = _each(chunk, read, stop=target.stop_at_corrupt)
    # On a full disk a write to a mapped file would kill the process; this one raises an error.
    with target.path.open("r+b") as stream:
        stream.seek(target.offset + chunk.first * rows[0].nbytes)
        stream.write(rows.data)
    return Decoded(len(chunk.files), corrupt)


def _each(chunk: Chunk, read: Callable[[int, Path], None], *, stop: bool = False) -> Corrupt:
    """Call ``read`` with each row and file, and return the corrupt ones; with ``stop`` only the first."""
    corrupt: list[tuple[int, str]] = []
    with quiet():
        for row, path in enumerate(chunk.files):
            try:
                read(row, path)
            except CorruptImage as error:
                corrupt.append((chunk.first + row, str(error)))
                if stop:
                    break
    return tuple(corrupt)
