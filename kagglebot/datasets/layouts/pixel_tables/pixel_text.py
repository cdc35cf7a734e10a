"""All pixels in one column, with spaces between them: train.csv ``emotion,pixels`` (facial expressions).

A column ``Usage`` marks the rows to train on; without a test.csv the other rows are those to predict.
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache.array_files import TEST_IMAGES, TRAIN_IMAGES
from kagglebot.datasets.layouts import columns
from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.datasets.layouts.pixel_tables.pixel_limits import with_limits
from kagglebot.datasets.out_of_scope import refuse_fractions
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.table import HINT
from kagglebot.datasets.tables.text_columns import first_values, read_columns
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_NAMES = ("pixels", "pixel", "image")
_TRAIN, _TEST, _NEITHER = 0, 1, 2

Shape = tuple[int, int, int]


class PixelText:
    """One column of pixels in text; the images are squares."""

    name = "pixel-text"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether a table has such a column."""
        return any(_has_pixels(files.folder / path) for path in files.tables)

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Decode one table or two; see ``Layout.read``."""
        train, test = _tables(files)
        limited, conversion, limits_note = with_limits([table for table in (train, test) if table], files)
        train, test = limited[0], (limited[1] if test else None)
        label = columns.label_column(train.path, train.others, files)
        first = first_values(train.path, train.header)
        refuse_fractions(first[label], columns.describe_location(train.path, label, 0))
        shape = _square(train, first[train.packed])
        roles, notes = _roles(train, test, files)
        size = train.path.stat().st_size
        report = partial(columns.report_bytes, on_progress, size + (test.path.stat().st_size if test else 0))
        targets = [target / TRAIN_IMAGES, target / TEST_IMAGES]
        texts, count = columns.write_images(
            train, train.others, shape, targets[: 1 if test else 2], partial(report, 0), roles=roles
        )
        train_rows, test_rows = _rows(roles, _TRAIN, count), _rows(roles, _TEST, 0)
        labels = texts[label][train_rows]
        told = {name: texts[name][train_rows].tolist() for name in train.others if name != label}
        if test is not None:
            texts, count = columns.write_images(test, test.others, shape, targets[1:], partial(report, size))
            test_rows = np.arange(count)
        predicted = test or train
        others = {name: texts[name][test_rows] for name in predicted.others if test or name != label}
        ids = columns.id_column(predicted.path, others, files)
        numbers, order = ((), ()) if ids else columns.row_numbers(files, len(test_rows))
        return LayoutResult(
            images=shape,
            labels=labels,
            locate_label=lambda row: columns.describe_location(train.path, label, int(train_rows[row])),
            test_ids=others[ids].tolist() if ids else numbers,
            test_rows=len(test_rows),
            locate_test_row=lambda row: columns.describe_location(predicted.path, ids, int(test_rows[row])),
            notes=(
                *notes,
                *order,
                *limits_note,
                *columns.unused_tables_note(files, (train.path, predicted.path), _has_pixels),
            ),
            conversion=conversion,
            columns=told,
        )


def _has_pixels(path: Path) -> bool:
    return bool(_pixel_column(path, read_header(path)))


def _pixel_column(path: Path, header: Sequence[str]) -> str:
    """Return the column of a usual name whose first value is a row of numbers; empty where there is none."""
    named = [name for name in header if name.lower() in _NAMES]
    if not named:
        return ""
    first = first_values(path, header)
    return next((name for name in named if any(map(_is_pixels, first[name][:1]))), "")


def _usage(header: Sequence[str]) -> str:
    """Return the column that marks the training rows; empty where there is none."""
    return next((name for name in header if name.lower() == "usage"), "")


def _is_pixels(value: str) -> bool:
    values = value.split()
    return len(values) > 3 and sum(map(is_number, values)) > len(values) // 2


def _tables(files: CompetitionFiles) -> tuple[columns.PixelTable, columns.PixelTable | None]:
    """Return the table to train on, and that to predict, which may be missing."""
    tables: dict[str, columns.PixelTable] = {}
    for inside in files.tables:
        path = files.folder / inside
        header = read_header(path)
        if column := _pixel_column(path, header):
            others = tuple(name for name in header if name not in (column, _usage(header)))
            tables.setdefault(path.name.lower(), columns.PixelTable(path, header, others, packed=column))
    test = tables.pop("test.csv", None)
    train = tables.get("train.csv") or next(
        (table for table in tables.values() if _usage(table.header) or test), None
    )
    if train is None or (test is None and not _usage(train.header)):
        missing = "train.csv" if train is None else "test.csv, nor a column Usage that marks the rows to predict"
        raise DataError(f"The data holds no {missing}.", HINT)
    return train, test


def _square(table: columns.PixelTable, pixels: Sequence[str]) -> Shape:
    count = len(pixels[0].split(" ")) if pixels else 0
    side = math.isqrt(count)
    if not count or side * side != count:
        raise DataError(f"{table.path.name}, line 2: {count} pixels make no square image.", HINT)
    return (side, side, 1)


def _roles(
    train: columns.PixelTable, test: columns.PixelTable | None, files: CompetitionFiles
) -> tuple[NDArray[np.int8] | None, tuple[str, ...]]:
    """Return the role of each row, (rows,) int8: train, test or neither; None where all train. And a note."""
    usage = _usage(train.header)
    if not usage:
        return None, ()
    values = [value.lower() for (value,) in read_columns(train.path, train.header, [usage]).values]
    counts = Counter(values)
    trained = counts.pop("training", 0)
    if not trained:
        raise DataError(f"{train.path.name}: no row has the {usage} Training.", HINT)
    predicted: set[str] = set()
    if test is not None:
        note = f"{train.path.name}: the {counts.total():,} rows whose {usage} is not Training are left out."
    else:
        # The number of ids shows which of PublicTest and PrivateTest is to be predicted, if not both.
        rows = len(files.sample.ids)
        fitting = [{name} for name, count in counts.items() if count == rows and counts.total() != rows]
        predicted = fitting[0] if fitting else set(counts)
        shown = ", ".join(sorted(predicted))
        note = f"{train.path.name}: {usage} says which rows train; those of {shown} are predicted."
    roles = [_TRAIN if value == "training" else _TEST if value in predicted else _NEITHER for value in values]
    return np.array(roles, np.int8), (note,) if counts else ()


def _rows(roles: NDArray[np.int8] | None, role: int, otherwise: int) -> NDArray[np.int64]:
    return np.arange(otherwise) if roles is None else np.flatnonzero(roles == role)
