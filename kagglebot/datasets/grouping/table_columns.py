"""The columns of the tables of a competition, with the value of each training row."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.layouts.image_files.image_index import SIDES, ImageIndex, share_of_images
from kagglebot.datasets.spellings.names import match_names
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.record_table import table_name
from kagglebot.datasets.tables.table import table_rows
from kagglebot.datasets.tables.text_columns import first_values
from kagglebot.errors import DataError

#: A column of longer texts names no groups.
_LONGEST = 100
_OF_GROUPS = re.compile(
    r"(.*[-_ .])?(patient|subject|driver|slide|person|participant|case|individual|animal|donor|volunteer|user|"
    r"specimen|lesion)s?([-_ .]?(id|nr|no|num|number|name|code|key))?"
)
#: Of a table that is wider, only so many columns are read.
_MOST_COLUMNS = 50


@dataclass(frozen=True)
class Column:
    """A column, or a part of the file names.

    Attributes:
        name: Its name.
        table: The file that it is in.
        values: Its different values.
        numbers: (train_rows,) int64, the position of each training row's value, -1 where it has none.
    """

    name: str
    table: str
    values: tuple[str, ...]
    numbers: NDArray[np.int64]


def encode(name: str, table: str, texts: Iterable[str]) -> Column:
    """Return a column from the text of each training row."""
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(text, len(codes)) if text else -1 for text in map(str.strip, texts)]
    return Column(name, table, tuple(codes), np.array(numbers, np.int64))


def is_amount(value: str) -> bool:
    """Return whether a value is a number that numbers no person or thing: a fraction, or below 0."""
    return is_number(value) and not value.isdigit()


def names_groups(column: str) -> bool:
    """Return whether the name of a column says that it holds persons or things with several images.

    >>> [names_groups(name) for name in ("PatientID", "driver", "case_number", "patient_age")]
    [True, True, True, False]
    """
    return _OF_GROUPS.fullmatch(column.strip().lower()) is not None


def table_columns(files: CompetitionFiles, result: LayoutResult, wanted: str = "") -> list[Column]:
    """Return the columns of the tables that name the training images, but the one that names them.

    They are in the labelled table or in one beside it. A table that cannot be read, or in which a name may mean
    two images, is passed over; so is a column of amounts, or with two values for an image. With ``wanted``, the
    columns of that name are read, whatever they hold.
    """
    columns = [encode(name, "the training table", result.columns[name]) for name in _named(result.columns, wanted)]
    if isinstance(result.images, ImageFiles):
        index = ImageIndex(result.images.train)
        for path in files.tables:
            if not SIDES["test"].search(path.stem.lower()):
                with suppress(DataError):
                    columns += _read(files, path, index, result.images.train, wanted)
    return columns


def _named(names: Iterable[str], wanted: str) -> list[str]:
    names = list(names)
    if not wanted:
        return names
    position = match_names([wanted], names)[0]
    return [] if position is None else [names[position]]


def _read(
    files: CompetitionFiles, table: PurePosixPath, index: ImageIndex, train: Sequence[PurePosixPath], wanted: str
) -> Iterator[Column]:
    path = files.folder / table
    header = read_header(path)
    first = first_values(path, header)
    short = [name for name in header if name and max(map(len, first[name]), default=0) <= _LONGEST]
    naming = _naming_column(header, first, files, index)
    codes = [name for name in short if wanted or names_groups(name) or not any(map(is_amount, first[name]))]
    names = [name for name in _named(codes, wanted) if name != naming][:_MOST_COLUMNS]
    if not naming or not names:
        return
    images, columns = _encoded(path, header, naming, names)
    rows = {image: row for row, image in enumerate(train)}
    places = np.array([-1 if image is None else rows[image] for image in index.find(images, "train")], np.int64)
    for name, (values, numbers) in columns.items():
        found = np.full(len(train), -1, np.int64)
        found[places[places >= 0]] = numbers[places >= 0]
        if np.array_equal(found[places[places >= 0]], numbers[places >= 0]):  # else an image has two values
            yield Column(name, table_name(path), values, found)


def _encoded(
    path: Path, header: Sequence[str], naming: str, names: Sequence[str]
) -> tuple[list[str], dict[str, tuple[tuple[str, ...], NDArray[np.int64]]]]:
    """Return the names of the images, and the values of each column with the position of each row's."""
    key, positions = header.index(naming), [header.index(name) for name in names]
    images: list[str] = []
    codes: list[dict[str, int]] = [{} for _ in names]
    numbers = [array("i") for _ in names]
    for _, row in islice(table_rows(path), 1, None):
        if len(row) == len(header):
            images.append(row[key].strip())
            for position, code, column in zip(positions, codes, numbers, strict=True):
                value = row[position].strip()
                column.append(code.setdefault(value, len(code)) if value else -1)
    columns = zip(codes, numbers, strict=True)
    encoded = [(tuple(code), np.array(column, np.int64)) for code, column in columns]
    return images, dict(zip(names, encoded, strict=True))


def _naming_column(
    header: Sequence[str], first: dict[str, list[str]], files: CompetitionFiles, index: ImageIndex
) -> str:
    """Return the column that names images: the user's choice, the sample's, or the first whose values do."""
    if chosen := files.choice("id", header):
        return chosen
    distinct = [name for name in header if first[name] and len(set(first[name])) == len(first[name])]
    identifier = files.sample.id_column.strip().lower()
    distinct.sort(key=lambda name: name.lower() != identifier)
    for respelled in (False, True):
        for name in distinct:
            if share_of_images(first[name], index, "train", respelled=respelled) > 0.5:
                return name
    return ""
