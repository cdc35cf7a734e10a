"""Image files decoded in parallel to one array on disk."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kagglebot.datasets.archive.guard import AGAIN
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.formats.image_formats import unsupported_hint
from kagglebot.datasets.images.image_file import Header, fit_image
from kagglebot.datasets.images.processes.chunks import (
    Chunk,
    Corrupt,
    Headers,
    Shape,
    Target,
    decode_chunk,
    read_headers,
)
from kagglebot.datasets.images.processes.pool import run_chunks
from kagglebot.datasets.images.resize_rule import DEFAULT_SIDE, LARGEST_NATIVE_SIDE, Fit, ImageRule, Size
from kagglebot.datasets.images.row_writer import RowWriter, write_header
from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.progress import ProgressCallback, no_progress

#: Fewer files than this are decoded without worker processes: it takes less time than starting them.
FEW_FILES = 200

_CHUNK_FILES = 64
_CHUNK_BYTES = 16 << 20


@dataclass(frozen=True)
class Survey:
    """The shape of images under a rule, how many sizes they have, the unreadable files, and all headers."""

    shape: Shape
    sizes: int
    corrupt: Corrupt
    headers: Headers

    @property
    def own_size(self) -> Size:
        """The images' own size: the only one, or else a square of the median of their longer sides."""
        if self.sizes == 1:
            header = next(iter(self.headers))
            return header.height, header.width
        sides = [max(header.height, header.width) for header in self.headers]
        side = int(np.median(np.repeat(sides, [len(files) for files in self.headers.values()])))
        return side, side

    def select(self, wanted: Callable[[Header], bool]) -> list[int]:
        """Return the indices of the files with such a header, in order."""
        return sorted(index for header, files in self.headers.items() if wanted(header) for index in files)


def survey(files: Sequence[Path], rule: ImageRule, on_progress: ProgressCallback = no_progress) -> Survey:
    """Read the headers of image files, and return the shape of the images under a rule.

    Images are grey where all are grey by their mode: of one, 8, 16 or more bits, with or without alpha. A palette
    counts as colour, and so does grey that is stored as RGB.

    Raises:
        DataError: None of the files is an image, or the disk cannot read one.
    """
    headers: Headers = {}
    corrupt: Corrupt = ()
    chunks = list(_chunks(files, _CHUNK_FILES))
    with run_chunks(read_headers, chunks, count_jobs(files)) as results:
        for chunk, (found, unreadable) in zip(chunks, results, strict=True):
            for header, indices in found.items():
                headers.setdefault(header, []).extend(indices)
            corrupt += unreadable
            on_progress("surveying", chunk.first + len(chunk.files), len(files))
    if not headers:
        raise _none_left_error(files, corrupt, None)
    sizes = {(header.height, header.width) for header in headers}
    channels = 1 if all(header.grey for header in headers) else 3
    height, width = rule.size or _fetched_size(sizes)
    return Survey((height, width, rule.channels or channels), len(sizes), corrupt, headers)


def decode_files(
    files: Sequence[Path],
    target: Path,
    shape: Shape,
    fit: Fit,
    *,
    conversion: Conversion | None = None,
    skip_corrupt: bool = False,
    blank_corrupt: bool = False,
    on_progress: ProgressCallback = no_progress,
    folder: Path | None = None,
) -> tuple[int, ...]:
    """Decode image files, one a row, into ``target``: a .npy file of (rows, *shape) uint8.

    It is written whole or not at all. With ``skip_corrupt`` corrupt images are left out, so there are fewer rows;
    with ``blank_corrupt`` theirs are black. Messages name a file by its path in ``folder``, or in the
    parent of the one that holds all.

    Returns:
        The indices of the corrupt files, in order.

    Raises:
        DataError: A file is corrupt, and neither ``skip_corrupt`` nor ``blank_corrupt`` is set; all are; or the
            disk refuses.
    """
    stop_at_corrupt = not (skip_corrupt or blank_corrupt)
    corrupt: Corrupt = ()
    chunks = list(_chunks(files, _rows_a_chunk(shape)))
    with atomic_write(target) as temporary:
        with temporary.open("wb") as stream:
            offset = write_header(stream, len(files), shape)
            stream.truncate(offset + len(files) * math.prod(shape))
        to = Target(temporary, offset, shape, fit, conversion or Conversion(), stop_at_corrupt)
        decode = partial(decode_chunk, target=to)
        with run_chunks(decode, chunks, count_jobs(files)) as results:
            for chunk, unreadable in zip(chunks, results, strict=True):
                corrupt += unreadable
                if corrupt and stop_at_corrupt:
                    index, reason = corrupt[0]
                    raise DataError(
                        f"{_shown(files, index, folder)} cannot be read as an image: {reason}.",
                        "Run `kagglebot fetch --skip-corrupt` to go on without such images; it counts them.",
                    )
                on_progress("decoding", chunk.first + len(chunk.files), len(files))
        if len(corrupt) == len(files):
            raise _none_left_error(files, corrupt, folder)
        indices = tuple(index for index, _ in corrupt)
        if indices and skip_corrupt:
            _remove_rows(temporary, offset, indices, len(files), shape)
    return indices


def resize_images(
    images: NDArray[np.uint8], target: Path, shape: Shape, fit: Fit, on_progress: ProgressCallback = no_progress
) -> None:
    """Resize decoded images, (rows, height, width, 1 or 3) uint8, into ``target``: (rows, *shape) uint8.

    ``target`` is a .npy file that is written whole or not at all.
    """
    with atomic_write(target) as temporary, RowWriter(temporary, shape) as writer:
        for first, after in _spans(len(images), _rows_a_chunk(shape)):
            writer.append(_resized(images[first:after], shape, fit))
            on_progress("resizing", after, len(images))


def _resized(images: NDArray[np.uint8], shape: Shape, fit: Fit) -> NDArray[np.uint8]:
    height, width, channels = shape
    rows = np.empty((len(images), *shape), np.uint8)
    for row, pixels in zip(rows, images, strict=True):
        image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
        fitted = fit_image(image.convert("L" if channels == 1 else "RGB"), height, width, fit)
        row[...] = np.asarray(fitted).reshape(shape)
    return rows


def _fetched_size(sizes: Iterable[Size]) -> Size:
    """Return the only size of small images; for all others a square, no larger than the largest image."""
    first, *others = sizes
    if not others and max(first) <= LARGEST_NATIVE_SIDE:
        return first
    side = min(DEFAULT_SIDE, max(max(size) for size in (first, *others)))
    return side, side


def count_jobs(files: Sequence[Path]) -> int:
    """Return in how many processes files are to be read."""
    return 1 if len(files) < FEW_FILES else available_cores()


def _spans(rows: int, step: int) -> Iterator[tuple[int, int]]:
    return ((first, min(first + step, rows)) for first in range(0, rows, step))


def _chunks(files: Sequence[Path], step: int) -> Iterator[Chunk]:
    return (Chunk(first, tuple(files[first:after])) for first, after in _spans(len(files), step))


def _rows_a_chunk(shape: Shape) -> int:
    return max(1, min(_CHUNK_FILES, _CHUNK_BYTES // math.prod(shape)))


def _remove_rows(path: Path, offset: int, removed: Sequence[int], rows: int, shape: Shape) -> None:
    """Remove rows from a .npy file, a chunk at a time."""
    size, step = math.prod(shape), _rows_a_chunk(shape)
    with path.open("r+b") as stream:
        written = removed[0]
        for before, after in zip(removed, (*removed[1:], rows), strict=True):
            for first, last in _spans(after - before - 1, step):
                stream.seek(offset + (before + 1 + first) * size)
                block = stream.read((last - first) * size)
                stream.seek(offset + written * size)
                stream.write(block)
                written += last - first
        stream.truncate(offset + written * size)
        write_header(stream, written, shape)


def _none_left_error(files: Sequence[Path], corrupt: Corrupt, folder: Path | None) -> DataError:
    hint = f"Compare the files with those on Kaggle's data page. {AGAIN}"
    if not corrupt:
        return DataError("There are no image files to read.", hint)
    index, reason = corrupt[0]
    return DataError(
        f"None of the {len(files)} image files can be read; {_shown(files, index, folder)}: {reason}.",
        unsupported_hint(reason) or hint,
    )


def _shown(files: Sequence[Path], index: int, folder: Path | None) -> Path:
    if folder is None:
        folder = Path(os.path.commonpath([path.parent for path in files])).parent
    path = files[index]
    return path.relative_to(folder) if path.is_relative_to(folder) else path
