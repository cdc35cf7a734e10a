"""Text columns of a CSV file, such as names, labels and ids: all rows or only the first."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kagglebot.datasets.tables.pixel_rows import LONGEST_TEXT
from kagglebot.datasets.tables.table import HINT, table_rows
from kagglebot.errors import DataError

_FIRST_ROWS = 200


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
    for line, row in islice(table_rows(path), 1, None):
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
    with suppress(DataError):  # reading the whole file names the line
        first = islice(table_rows(path), 1, _FIRST_ROWS + 1)
        rows.extend(row for _, row in first if len(row) == len(header))
    return {name: [row[index].strip() for row in rows] for index, name in enumerate(header)}
