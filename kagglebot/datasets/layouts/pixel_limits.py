"""The values of pixels in tables that become 0 and 255, where they are not whole numbers from 0 to 255."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kagglebot.datasets.csv.text_columns import first_values
from kagglebot.datasets.images.conversion import Conversion, Range, usual_range
from kagglebot.datasets.layouts.columns import PixelTable, read_pixels
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.values import is_number

_LOOKED_AT = 20  # rows of a table


def with_limits(
    tables: Sequence[PixelTable], files: CompetitionFiles
) -> tuple[list[PixelTable], Conversion | None, tuple[str, ...]]:
    """Return the tables with the limits of their pixels, the conversion to record, and a note.

    The limits are one range for all tables: the recorded one, or else what they hold. Only where most of the first
    rows have pixels that are not 0 to 255 is the table read for it; elsewhere such a pixel is an error.
    """
    conversion = files.conversion
    if conversion is None:
        if not any(_is_other(table) for table in tables):
            return list(tables), None, ()
        conversion = Conversion(fractions=_find_limits(tables))
    limits = conversion.fractions
    if limits is None:
        return list(tables), None, ()
    note = f"Pixels are numbers from {limits[0]:.10g} to {limits[1]:.10g}, which become 0 to 255."
    return [replace(table, limits=limits) for table in tables], conversion, (note,)


def _is_other(table: PixelTable) -> bool:
    """Return whether most of the first rows have pixels that are no whole numbers from 0 to 255."""
    first = first_values(table.path, table.header)
    columns = [first[name][:_LOOKED_AT] for name in (table.packed and [table.packed]) or table.pixels]
    rows = [[pixel for value in row for pixel in value.split()] for row in zip(*columns, strict=True)]
    others = [any(is_number(pixel) and not _is_byte(pixel) for pixel in row) for row in rows]
    return 2 * sum(others) > len(rows)


def _is_byte(pixel: str) -> bool:
    return (value := float(pixel)).is_integer() and 0 <= value <= 255


def _find_limits(tables: Sequence[PixelTable]) -> Range:
    low, high, whole = np.inf, -np.inf, True
    for table in tables:
        for rows in read_pixels(replace(table, limits=(0, 0))):
            low, high = min(low, rows.pixels.min(initial=low)), max(high, rows.pixels.max(initial=high))
            whole = whole and bool((rows.pixels == np.trunc(rows.pixels)).all())
    return usual_range(float(low), float(high), fractions=not whole)
