"""sample_submission.csv: the columns of a submission, and its ids in their order."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kagglebot.datasets.cache.array_files import SAMPLE, cache_folder
from kagglebot.datasets.csv.pixel_rows import LONGEST_TEXT
from kagglebot.datasets.csv.table import table_rows
from kagglebot.datasets.schema import read_schema
from kagglebot.errors import DataError
from kagglebot.system.files import disk_errors

_NAME = re.compile(r"(sample|example)[-_ ]?submissions?\.csv", re.IGNORECASE)
_ROWS_FOR_VALUES = 1000
_HINT = "Run `kagglebot fetch` again once the competition's files are whole."


@dataclass(frozen=True)
class Sample:
    """The columns and ids of a submission.

    Attributes:
        columns: The header exactly as written, the id column first.
        ids: One id a row, in the file's order, as written (``007`` stays ``007``).
        values: The different values in its first rows, without the spaces around them.
    """

    columns: tuple[str, ...]
    ids: tuple[str, ...]
    values: tuple[str, ...] = ()

    @property
    def id_column(self) -> str:
        """The name of the id column."""
        return self.columns[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """What may be names of classes: the columns where there are several, else the values."""
        return self.columns[1:] if len(self.columns) > 2 else self.values

    @property
    def target_column(self) -> str:
        """The name of the first column after the ids."""
        return self.columns[1]


def read_sample(folder: Path) -> Sample:
    """Read the sample submission of the competition in ``folder`` (``data/COMPETITION``).

    Raises:
        DataError: The competition was not fetched, or its sample is damaged.
    """
    return read_sample_file(cache_folder(folder, read_schema(folder).digest) / SAMPLE)


def find_sample(files: Iterable[PurePosixPath]) -> PurePosixPath:
    """Return the sample submission among the files: the one of the usual name, or the only one like it.

    Raises:
        DataError: There is none.
    """
    files = sorted(files, key=lambda path: len(path.parts))
    named = (path for path in files if path.suffix.lower() == ".csv" and "submission" in path.name.lower())
    samples = [path for path in files if _NAME.fullmatch(path.name)] or list(named)
    if not samples or not (len(samples) == 1 or _NAME.fullmatch(samples[0].name)):
        raise DataError(
            "The archive holds no sample_submission.csv, so the format of a submission is unknown.",
            "Check that this competition takes a CSV file as its submission.",
        )
    return samples[0]


def read_sample_file(path: Path) -> Sample:
    """Read a sample submission.

    Raises:
        DataError: The file is missing or not CSV, or a row has an empty or repeated id or another number of
            columns; names the line.
    """
    rows = table_rows(path)
    columns = tuple(next(rows, (1, []))[1])
    if len(columns) < 2:
        raise DataError(f"{path.name}, line 1: expected an id column and a target column.", _HINT)
    ids, values = _read_rows(path.name, rows, len(columns))
    if not ids:
        raise DataError(f"{path.name} holds no rows below its header.", _HINT)
    return Sample(columns, tuple(ids), tuple(values))


def save_sample(source: Path, target: Path, sample: Sample) -> None:
    """Copy a sample submission, and add rows for the ids that only ``sample`` lists.

    Raises:
        DataError: The disk refuses.
    """
    rows = [row for _, row in table_rows(source)]
    filled = len(rows) - 1
    added = [[name, *rows[1 + row % filled][1:]] for row, name in enumerate(sample.ids[filled:])]
    with disk_errors(f"write {target}"), target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([*rows, *added])


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
            raise DataError(f"{where}: id {row[0]} is already in line {lines[row[0]]}.", _HINT)
        lines[row[0]] = line
        if len(lines) <= _ROWS_FOR_VALUES:
            values.update(dict.fromkeys(value.strip() for value in row[1:]))
    return lines, values
