"""CSV files of pixels, read fast and in bounded memory; an error names file, line and column.

Pixels are whole numbers, in any spelling: ``220``, ``220.0``, ``2.2e+02``.

pyarrow parses blocks of whole lines in a few threads. Where it refuses a block, that block is read once more
with the csv module to find the line and the column.

pyarrow's ``open_csv`` is no replacement: its ``invalid_row_handler`` sees rows of a wrong length but no wrong
pixel, it knows the number of a row only with one thread, and a block must be longer than the longest row. For
the 70,000 rows of digit-recognizer it took 165 to 182 MiB and 1.4 to 1.5 s of CPU time, with one thread or
several; this module took 144 to 152 MiB and 1.5 to 1.6 s (three runs of each in turn, on two busy cores).
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.spellings.values import canonical, is_number, is_whole
from kagglebot.datasets.tables.table import HINT, LONGEST_LINE, open_table, row_as_header, too_long
from kagglebot.errors import DataError
from kagglebot.system.hardware.cpu import available_cores

#: The most characters of a label or id: an array takes the room of its longest text for each.
LONGEST_TEXT = 255

_BLOCK_BYTES = 4 << 20
_LONGEST_HEADER = 4 << 20  # bytes: columns for over 300,000 pixels
_THREADS = min(4, available_cores())


@dataclass(frozen=True)
class PixelBatch:
    """Consecutive rows of a file: its text columns, its (n, pixels) uint8 or float32, and how far it was read."""

    texts: tuple[NDArray[np.str_], ...]
    pixels: NDArray[Any]
    bytes_read: int


@dataclass(frozen=True)
class _Columns:
    header: tuple[str, ...]
    texts: tuple[str, ...]
    pixels: tuple[str, ...]
    packed: str
    numbers: bool


@dataclass(frozen=True)
class _Block:
    lines: bytes
    first_line: int
    bytes_read: int


def read_header(path: Path) -> tuple[str, ...]:
    """Return the column names of a CSV file, without the spaces around them."""
    with open_table(path) as stream:
        line = stream.readline(_LONGEST_HEADER)
        if len(line) == _LONGEST_HEADER:
            raise too_long(path, 1)
    try:
        names = [name.strip() for name in next(csv.reader([line.decode("utf-8")]), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name}, line 1: the header is not CSV text ({error}).", HINT) from error
    if not names:
        raise DataError(f"{path.name} is empty: it has no header.", HINT)
    unnamed = names.index("") if "" in names else 0
    names = [name or f"column {index + 1}" * (index > unnamed) for index, name in enumerate(names)]
    seen: set[str] = set()
    for name in names:
        if name in seen and sum(map(is_number, names)) > len(names) / 2:
            raise row_as_header(path)
        if name in seen:
            raise DataError(f"{path.name}, line 1: there are two columns named {name!r}.", HINT)
        seen.add(name)
    return tuple(names)


def read_rows(
    path: Path,
    header: Sequence[str],
    *,
    texts: Sequence[str],
    pixels: Sequence[str] = (),
    packed: str = "",
    numbers: bool = False,
) -> Iterator[PixelBatch]:
    """Read the rows below the header in batches of a few thousand: the columns ``texts``, and ``pixels`` as uint8.

    With ``numbers`` pixels may be any numbers, and are float32. In place of ``pixels`` the one column ``packed``
    may hold all pixels of a row, with spaces between them.

    Raises:
        DataError: A row has too few or too many columns, or a pixel is not a whole number from 0 to 255;
            names file, line and column.
    """
    columns = _Columns(tuple(header), tuple(texts), tuple(pixels), packed, numbers)
    with (
        open_table(path) as stream,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="decode") as pool,
    ):
        pending: deque[tuple[_Block, Future[PixelBatch]]] = deque()
        for block in _blocks(path, stream):
            pending.append((block, pool.submit(_parse, block, columns)))
            if len(pending) > _THREADS:  # bounds the blocks in memory
                yield _result(path, *pending.popleft(), columns)
        while pending:
            yield _result(path, *pending.popleft(), columns)


def line_of_row(path: Path, row: int) -> int:
    """Return the line, counted from 1, of a row, counted from 0 below the header without blank lines."""
    with open_table(path) as stream:
        filled = (number for number, line in enumerate(stream, start=1) if number > 1 and line.strip(b"\r\n"))
        for index, number in enumerate(filled):
            if index == row:
                return number
    return row + 2


def _blocks(path: Path, stream: BinaryIO) -> Iterator[_Block]:
    """Read the file below its header in blocks of whole lines."""
    stream.readline(LONGEST_LINE)
    line, rest = 2, b""
    while data := stream.read(_BLOCK_BYTES):
        cut = data.rfind(b"\n") + 1
        if not cut:
            rest += data
            if len(rest) > LONGEST_LINE:
                raise too_long(path, line)
            continue
        lines, rest = rest + data[:cut], data[cut:]
        if lines.strip(b"\r\n"):
            yield _Block(lines, line, stream.tell() - len(rest))
        line += lines.count(b"\n")
    if rest.strip(b"\r\n"):
        yield _Block(rest, line, stream.tell())


def _parse(block: _Block, columns: _Columns) -> PixelBatch:
    import pyarrow as pa

    if columns.numbers:
        return _parse_as(pa.float32(), block, columns)
    try:
        return _parse_as(pa.uint8(), block, columns)
    except pa.ArrowInvalid:  # "220.0" takes twice as long to read as "220"
        return _parse_as(pa.float32(), block, columns)


def _parse_as(kind: Any, block: _Block, columns: _Columns) -> PixelBatch:
    """Parse a block whose pixels are written as numbers of an arrow type."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    texts, pixels = list(columns.texts), list(columns.pixels)
    packed = [columns.packed] if columns.packed else []
    table = arrow_csv.read_csv(
        pa.BufferReader(block.lines),
        read_options=arrow_csv.ReadOptions(
            column_names=list(columns.header), use_threads=False, block_size=len(block.lines) + 1
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=[*texts, *pixels, *packed],
            column_types=dict.fromkeys([*texts, *packed], pa.string()) | dict.fromkeys(pixels, kind),
            null_values=[],  # an empty pixel is an error, not a zero
            strings_can_be_null=False,
        ),
    )
    values = [table.column(name).to_pylist() for name in texts]
    if max((len(value) for column in values for value in column), default=0) > LONGEST_TEXT:
        raise pa.ArrowInvalid("a text is too long")
    if packed:
        images = _unpacked(table.column(columns.packed), kind)
    else:
        (batch,) = table.select(pixels).combine_chunks().to_batches()
        images = batch.to_tensor(row_major=True).to_numpy()
    if columns.numbers:
        if not np.isfinite(images).all():
            raise pa.ArrowInvalid("a pixel is no number")
    elif kind != pa.uint8():
        if not ((images >= 0) & (images <= 255) & (images == np.trunc(images))).all():
            raise pa.ArrowInvalid("a pixel is no whole number from 0 to 255")
        images = images.astype(np.uint8)
    return PixelBatch(tuple(np.array(column, dtype=np.str_) for column in values), images, block.bytes_read)


def _unpacked(column: Any, kind: Any) -> NDArray[Any]:
    """Split the texts of an arrow column into (rows, pixels) numbers."""
    import pyarrow as pa
    from pyarrow import compute

    lists = compute.split_pattern(compute.utf8_trim_whitespace(column), " ").combine_chunks()
    counts = compute.list_value_length(lists).to_numpy()
    if len(set(counts.tolist())) != 1:
        raise pa.ArrowInvalid("rows have unequal numbers of pixels")
    numbers: NDArray[Any] = lists.flatten().cast(kind).to_numpy()
    return numbers.reshape(len(counts), -1)


def _result(path: Path, block: _Block, job: Future[PixelBatch], columns: _Columns) -> PixelBatch:
    import pyarrow as pa

    try:
        return job.result()
    except pa.ArrowInvalid as error:
        raise _fault(path, block, columns) or DataError(f"{path.name}: {error}.", HINT) from error


def _fault(path: Path, block: _Block, columns: _Columns) -> DataError | None:
    """Return the error for the first wrong row of a block that pyarrow refused."""
    header, pixel_columns = columns.header, set(columns.pixels)
    width = 0
    lines = (line.removesuffix(b"\r") for line in block.lines.split(b"\n"))
    for number, line in enumerate(lines, start=block.first_line):
        if not line:
            continue
        where = f"{path.name}, line {number}"
        try:
            values = next(csv.reader([line.decode("utf-8")], strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            return DataError(f"{where}: not CSV text ({error}).", HINT)
        if len(values) != len(header):
            counts = f"{where}: {len(values)} columns where the header has {len(header)}"
            return DataError(counts + _missing_columns(path, block, line, header[len(values) :]), HINT)
        for name, value in zip(header, values, strict=True):
            if name == columns.packed:
                pixels = value.strip().split(" ")
                width = width or len(pixels)
                reason = _packed_fault(pixels, width, columns)
            else:
                reason = _pixel_fault(value.strip(), columns) if name in pixel_columns else _text_fault(value)
            if reason:
                return DataError(f"{where}, column {name}: {reason}.", HINT)
    return None


def _missing_columns(path: Path, block: _Block, line: bytes, missing: Sequence[str]) -> str:
    if not missing:
        return "."
    at_the_end = block.bytes_read == path.stat().st_size and block.lines.endswith(line)
    return f"; nothing for {missing[0]}." + (" The file is cut off there." if at_the_end else "")


def _pixel_fault(value: str, columns: _Columns) -> str:
    if not value:
        return "the pixel is empty"
    if columns.numbers:
        return "" if is_number(value) else f"{value[:40]!r} is not a number"
    if is_whole(value) and 0 <= int(canonical(value)) <= 255:
        return ""
    return f"{value[:40]!r} is not a pixel, a whole number from 0 to 255"


def _packed_fault(pixels: Sequence[str], width: int, columns: _Columns) -> str:
    faults = (_pixel_fault(pixel, columns) for pixel in pixels)
    counted = f"{len(pixels)} pixels where the row before has {width}" if len(pixels) != width else ""
    return next((fault for fault in faults if fault), counted)


def _text_fault(value: str) -> str:
    return f"{len(value)} characters are too many for a label or an id" if len(value) > LONGEST_TEXT else ""
