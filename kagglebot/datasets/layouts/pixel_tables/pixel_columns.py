"""One column a pixel: train.csv ``label,pixel0,pixel1,…`` and test.csv with the same pixels (digit-recognizer)."""

import math
import re
from functools import partial
from pathlib import Path

from kagglebot.datasets.cache.array_files import TEST_IMAGES, TRAIN_IMAGES
from kagglebot.datasets.layouts import columns
from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.datasets.layouts.pixel_tables.pixel_limits import with_limits
from kagglebot.datasets.out_of_scope import refuse_fractions
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.table import HINT
from kagglebot.datasets.tables.text_columns import first_values
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_NUMBERED = re.compile(r"pixel[ _]?([0-9]{1,7})", re.IGNORECASE)
_ROW_BY_COLUMN = re.compile(r"([0-9]{1,4})x([0-9]{1,4})")
_LONGEST = 100  # a column of longer texts is not read

Shape = tuple[int, int, int]


class PixelColumns:
    """Pixel columns, named ``pixel0`` … (square images) or ``1x1`` … (row x column)."""

    name = "pixel-columns"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether train.csv or test.csv has pixel columns."""
        paths = (files.find("train.csv"), files.find("test.csv"))
        return any(_has_pixels(path) for path in paths if path)

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Decode both files; see ``Layout.read``."""
        (train, shape), (test, test_shape) = _table(files, "train.csv"), _table(files, "test.csv")
        if shape != test_shape:
            raise DataError(
                f"train.csv has {len(train.pixels)} pixel columns and test.csv has {len(test.pixels)}.", HINT
            )
        (train, test), conversion, notes = with_limits((train, test), files)
        label = columns.label_column(train.path, train.others, files)
        where = columns.describe_location(train.path, label, 0)
        first = first_values(train.path, train.header)
        refuse_fractions(first[label], where)
        size = train.path.stat().st_size
        report = partial(columns.report_bytes, on_progress, size + test.path.stat().st_size)
        short = [name for name in train.others if max(map(len, first[name]), default=0) <= _LONGEST]
        texts = list(dict.fromkeys([label, *short]))
        told, _ = columns.write_images(train, texts, shape, [target / TRAIN_IMAGES], partial(report, 0))
        others, test_rows = columns.write_images(
            test, test.others, shape, [target / TEST_IMAGES], partial(report, size)
        )
        ids = columns.id_column(test.path, others, files)
        numbers, order = ((), ()) if ids else columns.row_numbers(files, test_rows)
        return LayoutResult(
            images=shape,
            labels=told.pop(label),
            locate_label=partial(columns.describe_location, train.path, label),
            test_ids=others[ids].tolist() if ids else numbers,
            test_rows=test_rows,
            locate_test_row=partial(columns.describe_location, test.path, ids),
            notes=(*notes, *order, *columns.unused_tables_note(files, (train.path, test.path), _has_pixels)),
            conversion=conversion,
            columns={name: values.tolist() for name, values in told.items()},
        )


def _has_pixels(path: Path) -> bool:
    return any(_is_pixel(name) for name in read_header(path))


def _is_pixel(name: str) -> bool:
    return bool(_NUMBERED.fullmatch(name) or _ROW_BY_COLUMN.fullmatch(name))


def _table(files: CompetitionFiles, name: str) -> tuple[columns.PixelTable, Shape]:
    path = files.find(name)
    if path is None:
        raise DataError(f"The data holds no {name}.", HINT)
    header = read_header(path)
    numbered = {int(match[1]): column for column in header if (match := _NUMBERED.fullmatch(column))}
    grid = {
        (int(match[1]), int(match[2])): column for column in header if (match := _ROW_BY_COLUMN.fullmatch(column))
    }
    others = tuple(column for column in header if not _is_pixel(column))
    if len(numbered) + len(grid) + len(others) != len(header):
        raise DataError(f"{name}, line 1: two columns are the same pixel.", HINT)
    if grid and not numbered:
        pixels, shape = _grid(name, grid)
    else:
        pixels, shape = _square(name, numbered)
    return columns.PixelTable(path, header, others, pixels), shape


def _square(name: str, numbered: dict[int, str]) -> tuple[tuple[str, ...], Shape]:
    if not numbered:
        raise DataError(f"{name}, line 1: there are no pixel columns (pixel0, pixel1, …).", HINT)
    first, last = min(numbered), max(numbered)
    missing = next((number for number in range(first, last + 1) if number not in numbered), None)
    if missing is not None:
        raise DataError(f"{name}, line 1: the column pixel{missing} is missing.", HINT)
    side = math.isqrt(len(numbered))
    if side * side != len(numbered):
        raise DataError(
            f"{name}, line 1: {len(numbered)} pixel columns (pixel{first} to pixel{last}) make no square image.",
            HINT,
        )
    return tuple(numbered[number] for number in sorted(numbered)), (side, side, 1)


def _grid(name: str, columns: dict[tuple[int, int], str]) -> tuple[tuple[str, ...], Shape]:
    pixels = sorted(columns)
    (top, left), (bottom, right) = pixels[0], pixels[-1]
    rectangle = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
    if rectangle != pixels:
        wrong = min(set(rectangle) ^ set(pixels))
        raise DataError(f"{name}, line 1: the pixel columns make no rectangle at {wrong[0]}x{wrong[1]}.", HINT)
    return tuple(columns[pixel] for pixel in pixels), (bottom - top + 1, right - left + 1, 1)
