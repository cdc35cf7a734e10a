"""The values of pixels in tables that become 0 and 255, where they are not whole numbers from 0 to 255."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kagglebot.datasets.images.conversion import Conversion, Range
from kagglebot.datasets.images.value_range import Values, find_range, values_of
from kagglebot.datasets.layouts.columns import PixelTable, read_pixels
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.tables.text_columns import first_values

_LOOKED_AT = 20  # rows of a table
_MEASURED = 256  # rows of a batch


def with_limits(
    tables: Sequence[PixelTable], files: CompetitionFiles
) -> tuple[list[PixelTable], Conversion | None, tuple[str, ...]]:
    """Return the tables with the limits of their pixels, the conversion to record, and a note.

    The limits are one range for all tables: the recorded one, or else what they hold. Only where most of the first
    rows have pixels that are not 0 to 255 is the table read for it; elsewhere such a pixel is an error.
    """
    conversion, beyond = files.conversion, False
    if conversion is None:
        if not any(_is_other(table) for table in tables):
            return list(tables), None, ()
        limits, beyond = _find_limits(tables)
        conversion = Conversion(fractions=limits)
    if conversion.fractions is None:
        return list(tables), None, ()
    limits = conversion.fractions
    note = f"Pixels are numbers from {limits[0]:.10g} to {limits[1]:.10g}, which become 0 to 255" + (
        ", and those beyond become 0 or 255." if beyond else "."
    )
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


def _find_limits(tables: Sequence[PixelTable]) -> tuple[Range, bool]:
    """Return the range of some rows, and whether some pixels lie beyond it.

    Of each batch some rows are looked at, among them those with the lowest and the highest pixel.
    """
    found, whole = list[Values](), True
    for table in tables:
        for rows in read_pixels(replace(table, limits=(0, 0))):
            pixels = rows.pixels
            extremes = pixels.min(axis=1).argmin(), pixels.max(axis=1).argmax()
            chosen = {*range(0, len(pixels), -(-len(pixels) // _MEASURED)), *map(int, extremes)}
            found += filter(None, (values_of(pixels[row]) for row in sorted(chosen)))
            whole = whole and bool((pixels == np.trunc(pixels)).all())
    limits = find_range(found, fractions=not whole)
    return limits, any(each.all[0] < limits[0] or each.all[1] > limits[1] for each in found)
