"""A sample submission read, line by line, and copied with rows for the ids that it lacks."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from kagglebot.datasets.cache.array_files import SAMPLE, cache_folder
from kagglebot.datasets.sample_submission.long_ids import read_long_ids
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import read_schema
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.tables.pixel_rows import LONGEST_TEXT
from kagglebot.datasets.tables.table import row_as_header, table_rows
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors

_NUMBER = re.compile("[0-9a-f]{8,}|[0-9]+")
_OF_IDS = re.compile(r"(.*[-_ .])?(id|image|img|file|filename)([-_ .]?(id|name|path))?", re.IGNORECASE)
_ROWS_FOR_VALUES = 1000
_HINT = "Run `kagglebot fetch` again once the competition's files are whole."
_BARE_HINT = f"Without ids it must be one class a line, without header, and some of them repeated. If not: {_HINT}"
_TWICE_HINT = (
    "kagglebot writes one row for each id: a row for each class of an image needs an id of both, such as "
    f"image_class. If this is no such sample: {_HINT}"
)


def read_sample(folder: Path) -> Sample:
    """Read the sample submission of the competition in ``folder`` (``data/COMPETITION``).

    Raises:
        DataError: The competition was not fetched, or its sample is damaged.
    """
    schema = read_schema(folder)
    sample = read_sample_file(cache_folder(folder, schema.digest) / SAMPLE)
    if not schema.id_pattern:
        return sample
    return sample.a_row_an_image(read_long_ids(sample.ids, sample.columns, schema.id_pattern, schema.columns))


def read_sample_file(path: Path) -> Sample:
    """Read a sample submission.

    Raises:
        DataError: The file is missing or not CSV, or a row has an empty or repeated id or another number of
            columns; names the line.
    """
    rows = table_rows(path)
    columns = tuple(next(rows, (1, []))[1])
    if len(columns) < 2 and (bare := _read_bare([*columns, *(cell for _, row in rows for cell in row)])):
        return bare
    if len(columns) < 2:
        raise DataError(f"{path.name}, line 1: expected an id column and a target column.", _BARE_HINT)
    if place := _id_place(path, columns):
        columns = (*_id_first(columns, place),)
        rows = ((line, _id_first(row, place)) for line, row in rows)
    ids, values = _read_rows(path.name, rows, len(columns))
    if not ids:
        raise DataError(f"{path.name} holds no rows below its header.", _HINT)
    if columns[0] in ids:
        raise DataError(f"{path.name}, line {ids[columns[0]]} repeats the header.", _HINT)
    if _is_row(columns, ids, values):
        raise row_as_header(path)
    return Sample(columns, tuple(ids), tuple(values), id_place=place)


def save_sample(source: Path, target: Path, sample: Sample) -> None:
    """Copy a sample submission, and add rows for the ids that only ``sample`` lists.

    Raises:
        DataError: The disk refuses.
    """
    rows = [row for _, row in table_rows(source)]
    filled = len(rows) - (not sample.bare)
    others = [_id_first(row, sample.id_place)[1:] for row in rows[len(rows) - filled :]]
    names = enumerate(sample.written.ids[filled:])
    added = [sample.in_file_order([name, *others[row % filled]]) for row, name in names]
    with disk_errors(f"write {target}"), target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([*rows, *added])


def _id_place(path: Path, columns: Sequence[str]) -> int:
    """Return the place of the ids: 0, or where these repeat, that of a later column called so that does not."""
    later = [place for place, name in enumerate(columns) if place and _OF_IDS.fullmatch(name.strip())]
    if not later:
        return 0
    rows = [row for _, row in table_rows(path)][1:]
    distinct = [
        place
        for place in (0, *later)
        if all(len(row) > place and row[place].strip() for row in rows)
        and len({row[place] for row in rows}) == len(rows)
    ]
    return distinct[0] if distinct else 0


def _id_first(cells: Sequence[str], place: int) -> list[str]:
    return [*cells[place : place + 1], *cells[:place], *cells[place + 1 :]]


def _read_bare(cells: Sequence[str]) -> Sample | None:
    """Return a sample of labels alone; None where the cells may be a header, or ids as they are not repeated."""
    labels = [cell.strip() for cell in cells]
    if not labels or labels[0] not in labels[1:]:
        return None
    numbers = tuple(str(row) for row in range(1, len(labels) + 1))
    return Sample(("row", "label"), numbers, tuple(dict.fromkeys(labels[:_ROWS_FOR_VALUES])), bare=True)


def _is_row(columns: tuple[str, ...], ids: Iterable[str], values: Iterable[str]) -> bool:
    """Return whether a header is like the rows below it: an id with a number as theirs, or a name they have."""
    first, name = columns[0].strip(), columns[1].strip()
    as_id = _NUMBER.search(first) and _NUMBER.sub("0", first) in {_NUMBER.sub("0", each.strip()) for each in ids}
    return bool(as_id) or (len(columns) == 2 and not is_number(name) and name in values)


def _read_rows(
    name: str, rows: Iterable[tuple[int, list[str]]], width: int
) -> tuple[dict[str, int], dict[str, None]]:
    """Return the line of each id, in the file's order, and the different values of the first rows."""
    lines: dict[str, int] = {}
    values: dict[str, None] = {}
    for line, row in rows:
        where = f"{name}, line {line}"
        if len(row) != width:
            raise DataError(f"{where}: {len(row)} columns where the header has {width}.", _HINT)
        if not row[0].strip():
            raise DataError(f"{where}: the id is empty.", _HINT)
        if len(row[0]) > LONGEST_TEXT:
            raise DataError(f"{where}: {len(row[0])} characters are too many for an id.", _HINT)
        if row[0] in lines:
            raise DataError(f"{where}: id {row[0]} is already in line {lines[row[0]]}.", _TWICE_HINT)
        lines[row[0]] = line
        if len(lines) <= _ROWS_FOR_VALUES:
            values.update(dict.fromkeys(value.strip() for value in row[1:]))
    return lines, values
