"""What may be pixels in a form that is not read: columns of other names, lists of numbers, nested JSON."""

import re
from contextlib import suppress
from pathlib import Path

from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.text_columns import first_values
from kagglebot.errors import DataError

_MANY_COLUMNS, _LONG_LIST = 64, 16
_HEAD = 1 << 20  # characters of a JSON file
_NUMBER = r"\s*[-+.0-9eE]+\s*"
_LIST = re.compile(rf"\[{_NUMBER}(,{_NUMBER}){{{_LONG_LIST - 1}}}")
_HINT = (
    "Pixels are read from columns named pixel0, pixel1, … or 1x1, 1x2, … of train.csv and test.csv, from a column "
    "'pixels' with spaces between the numbers, and from JSON of objects that are in an array, one a line, or in "
    "columns as pandas writes them. If these are pixels, rename or save them so, and read the folder with --from."
)


def refuse_unread_pixels(files: CompetitionFiles) -> None:
    """Raise OutOfScope where files hold many columns of numbers or long lists of them, in no form that is read."""
    for inside in files.visible:
        path, seen = files.folder / inside, ""
        with suppress(DataError, OSError):  # what cannot be read shows nothing
            if inside in files.tables:
                seen = _seen_in_table(path)
            elif inside.suffix.lower() == ".json":
                seen = _seen_in_json(path)
        if seen:
            raise OutOfScope(
                f"There are no images in these files, and {inside} has {seen}, which are not read.", _HINT
            )


def _seen_in_table(path: Path) -> str:
    first = first_values(path, read_header(path))
    numbers = [name for name, values in first.items() if values and all(map(is_number, values))]
    if len(numbers) >= _MANY_COLUMNS:
        return f"{len(numbers):,} columns of numbers, such as {numbers[-2]!r} and {numbers[-1]!r}"
    for name, values in first.items():
        parts = re.split(r"[\s,;|]+", values[0].strip("[]() ")) if values else []
        if len(parts) >= _LONG_LIST and all(map(is_number, parts)):
            return f"lists of {len(parts):,} numbers in the column {name!r}"
    return ""


def _seen_in_json(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return "lists of numbers" if _LIST.search(stream.read(_HEAD)) else ""
