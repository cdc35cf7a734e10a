"""The work of one worker process on some of the image files; imports nothing heavier than NumPy and Pillow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.image_file import CorruptImage, Header, quiet, read_header, read_pixels
from kagglebot.datasets.images.resize_rule import Fit

#: (height, width, channels) of an image.
Shape = tuple[int, int, int]

#: The different headers, and the indices of the files that have each.
Headers = dict[Header, list[int]]

#: The index of each corrupt file among all files, and why it counts as corrupt.
Corrupt = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Chunk:
    """Consecutive files, and the index of the first among all files."""

    first: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Target:
    """The file that decoded rows are written to; its array begins at the byte ``offset``."""

    path: Path
    offset: int
    shape: Shape
    fit: Fit
    conversion: Conversion
    stop_at_corrupt: bool


def read_headers(chunk: Chunk) -> tuple[Headers, Corrupt]:
    """Return the different headers of a chunk, and the corrupt files."""
    headers: Headers = {}

    def read(row: int, path: Path) -> None:
        headers.setdefault(read_header(path), []).append(chunk.first + row)

    return headers, each_file(chunk, read)


def decode_chunk(chunk: Chunk, target: Target) -> Corrupt:
    """Decode a chunk, write its rows into the target, black ones for corrupt files, and return these."""
    rows = np.zeros((len(chunk.files), *target.shape), np.uint8)

    def read(row: int, path: Path) -> None:
        rows[row] = read_pixels(path, target.shape, target.fit, target.conversion)

    corrupt = each_file(chunk, read, stop=target.stop_at_corrupt)
    # On a full disk a write to a mapped file would kill the process; this one raises an error.
    with target.path.open("r+b") as stream:
        stream.seek(target.offset + chunk.first * rows[0].nbytes)
        stream.write(rows.data)
    return corrupt


def each_file(chunk: Chunk, read: Callable[[int, Path], None], *, stop: bool = False) -> Corrupt:
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
