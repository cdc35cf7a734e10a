"""Text columns of a CSV file, such as names, labels and ids: all rows or only the first."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from kagglebot.datasets.csv.pixel_rows import HINT, LONGEST_LINE, LONGEST_TEXT, too_long
from kagglebot.errors import DataError
from kagglebot.system.files import disk_errors

_FIRST_ROWS = 200
csv.field_size_limit(1 << 24)  # the pixels of an image in one cell: at most 2,000 x 2,000


@dataclass(frozen=True)
class TextColumns:
    """Some columns of a file, without spaces around the values; and the line, from 1, that each row ends in."""

    values: list[tuple[str, ...]]
    lines: list[int]


def read_columns(path: Path, header: Sequence[str], names: Sequence[str]) -> TextColumns:
    """Read these columns of every row; a DataError names the file and the line of a wrong row."""
    indices = [header.index(name) for name in names]
    values: list[tuple[str, ...]] = []
    lines: list[int] = []
    with disk_errors(f"read {path}"), path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in _rows(path, stream):
            if len(row) != len(header):
                raise DataError(
                    f"{path.name}, line {line}: {len(row)} columns where the header has {len(header)}.", HINT
                )
            chosen = tuple(row[index].strip() for index in indices)
            if max(map(len, chosen)) > LONGEST_TEXT:
                raise DataError(f"{path.name}, line {line}: a text is too long for a label or an id.", HINT)
            values.append(chosen)
            lines.append(line)
    if not values:
        raise DataError(f"{path.name} holds no rows below its header.", HINT)
    return TextColumns(values, lines)


def first_values(path: Path, header: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of each column in the first 200 rows, as far as they can be read."""
    rows: list[list[str]] = []
    with (
        disk_errors(f"read {path}"),
        path.open(encoding="utf-8-sig", newline="") as stream,
        suppress(DataError),  # reading the whole file names the line
    ):
        rows.extend(row for _, row in islice(_rows(path, stream), _FIRST_ROWS) if len(row) == len(header))
    return {name: [row[index].strip() for row in rows] for index, name in enumerate(header)}


def bounded_lines(path: Path, stream: TextIO) -> Iterator[str]:
    """Yield the lines of a file for ``csv.reader``; raise DataError for one longer than ``LONGEST_LINE``."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise too_long(path, number)
        yield line


def _rows(path: Path, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Yield each row below the header that is not blank, with its line."""
    reader = csv.reader(bounded_lines(path, stream))
    try:
        next(reader, None)
        for row in reader:
            if row:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name}, line {reader.line_num + 1}: not CSV text ({error}).", HINT) from error
