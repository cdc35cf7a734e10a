"""One column a pixel: train.csv ``label,pixel0,pixel1,…`` and test.csv with the same pixels (digit-recognizer)."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.cache.array_files import TEST_IMAGES, TRAIN_IMAGES, RowWriter
from kagglebot.datasets.csv.pixel_rows import HINT, read_header, read_rows
from kagglebot.datasets.csv.text_columns import first_values
from kagglebot.datasets.layouts.columns import describe_location, id_column, label_column, unused_tables_note
from kagglebot.datasets.layouts.layout import CompetitionFiles, LayoutResult
from kagglebot.datasets.scope import refuse_labels
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_NUMBERED = re.compile(r"pixel[ _]?([0-9]{1,7})", re.IGNORECASE)
_ROW_BY_COLUMN = re.compile(r"([0-9]{1,4})x([0-9]{1,4})")


@dataclass(frozen=True)
class _Table:
    """A CSV file, its pixel columns and its other columns."""

    path: Path
    header: tuple[str, ...]
    pixels: tuple[str, ...]  # in the order of the image's rows
    others: tuple[str, ...]
    image_shape: tuple[int, int, int]


class PixelColumns:
    """Pixel columns, named ``pixel0`` … (square images) or ``1x1`` … (row x column)."""

    name = "pixel-columns"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether train.csv or test.csv has pixel columns."""
        paths = (files.find("train.csv"), files.find("test.csv"))
        return any(_has_pixels(path) for path in paths if path)

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """Decode both files; see ``Layout.read``."""
        train, test = _table(files, "train.csv"), _table(files, "test.csv")
        if train.image_shape != test.image_shape:
            raise DataError(
                f"train.csv has {len(train.pixels)} pixel columns and test.csv has {len(test.pixels)}.", HINT
            )
        label = label_column(train.path, train.others, files)
        refuse_labels(first_values(train.path, train.header)[label], describe_location(train.path, label, 0))
        size = train.path.stat().st_size
        total = size + test.path.stat().st_size
        (labels,) = _decode(train, [label], target / TRAIN_IMAGES, partial(_report, on_progress, 0, total))
        texts = _decode(test, test.others, target / TEST_IMAGES, partial(_report, on_progress, size, total))
        ids = id_column(test.path, test.others, texts, files)
        return LayoutResult(
            images=train.image_shape,
            labels=labels,
            locate_label=partial(describe_location, train.path, label),
            test_ids=texts[test.others.index(ids)].tolist() if ids else (),
            test_rows=_rows(target / TEST_IMAGES),
            locate_test_row=partial(describe_location, test.path, ids),
            notes=unused_tables_note(files, {train.path, test.path}, _has_pixels),
        )


def _has_pixels(path: Path) -> bool:
    return any(_is_pixel(name) for name in read_header(path))


def _is_pixel(name: str) -> bool:
    return bool(_NUMBERED.fullmatch(name) or _ROW_BY_COLUMN.fullmatch(name))


def _table(files: CompetitionFiles, name: str) -> _Table:
    path = files.find(name)
    if path is None:
        raise DataError(f"The archive holds no {name}.", HINT)
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
    return _Table(path, header, pixels, others, shape)


def _square(name: str, numbered: dict[int, str]) -> tuple[tuple[str, ...], tuple[int, int, int]]:
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


def _grid(name: str, columns: dict[tuple[int, int], str]) -> tuple[tuple[str, ...], tuple[int, int, int]]:
    pixels = sorted(columns)
    (top, left), (bottom, right) = pixels[0], pixels[-1]
    rectangle = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
    if rectangle != pixels:
        wrong = min(set(rectangle) ^ set(pixels))
        raise DataError(f"{name}, line 1: the pixel columns make no rectangle at {wrong[0]}x{wrong[1]}.", HINT)
    return tuple(columns[pixel] for pixel in pixels), (bottom - top + 1, right - left + 1, 1)


def _decode(
    table: _Table, texts: Sequence[str], target: Path, report: Callable[[int], None]
) -> list[NDArray[np.str_]]:
    """Write the images of one file, and return its text columns: (rows,) each."""
    parts: list[tuple[NDArray[np.str_], ...]] = []
    with RowWriter(target, table.image_shape) as writer:
        for rows in read_rows(table.path, table.header, texts=texts, pixels=table.pixels):
            writer.append(rows.pixels)
            parts.append(rows.texts)
            report(rows.bytes_read)
    if not writer.rows:
        raise DataError(f"{table.path.name} holds no rows below its header.", HINT)
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _rows(path: Path) -> int:
    return int(np.load(path, mmap_mode="r", allow_pickle=False).shape[0])


def _report(on_progress: ProgressCallback, before: int, total: int, done: int) -> None:
    on_progress("decoding", before + done, total)
