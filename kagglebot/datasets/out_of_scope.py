"""Competitions that are out of scope: regression, object detection, segmentation."""

import re
from collections.abc import Iterable, Mapping, Sequence

from kagglebot.datasets.spellings.values import canonical, is_number, is_whole
from kagglebot.errors import DataError

_PLACED = re.compile(
    r"(?:[^\s0-9.-]\S*(?: -?[0-9.]+){2,5} ?){2,}|[^\s0-9.-]\S*(?: -?[0-9.]+){4,5}"  # not "Porsche 911 2012"
    r"|(?:(?:\S+ )?[01]?\.[0-9]+(?: -?[0-9]+){4} ?)+"  # a confidence and a box, perhaps after a class
)
_OBJECTS = re.compile(
    r"encoded_?pixels|rle|.*_rle|rle_.*|.*segmentation.*|bbox(es)?|.*_bbox|boxes(_?string)?|prediction_?string"
    r"|[xy]_?(min|max)|polygons?|key_?points?"
)
#: From so many different whole numbers on, most of them there once, they are amounts and not classes.
_MANY_NUMBERS = 100
_HINT = (
    "kagglebot gives images classes. If another column holds the class, name it with --target; "
    "else choose an image-classification competition."
)


class OutOfScope(DataError):
    """A competition that no other choice of columns or metric makes one of image classification."""


def is_of_objects(column: str) -> bool:
    """Return whether a column is called like those that hold boxes or masks."""
    return bool(_OBJECTS.fullmatch(column.strip().lower()))


def refuse_objects(columns: Iterable[str], file: str) -> None:
    """Raise DataError for a table whose columns hold boxes or masks."""
    matches = [column for column in columns if is_of_objects(column)]
    if matches:
        raise OutOfScope(
            f"{file} has a column {matches[0]!r}: this competition finds objects in images (detection or "
            f"segmentation), which is out of scope.",
            _HINT,
        )


def refuse_fractions(labels: Sequence[str], location: str) -> None:
    """Raise DataError for labels that are fractions, as of a regression.

    ``labels`` are the distinct ones, or those of the first rows; ``location`` is "train.csv, line 2".
    """
    filled = [label for label in labels if label and label.lower() != "nan"]
    fractions = [label for label in filled if is_number(label) and not is_whole(label)]
    if len(set(fractions)) > 1 and 2 * len(fractions) >= len(filled) and all(map(is_number, filled)):
        raise _out_of_scope(location, f"the labels are fractions, such as {fractions[0]}: a regression")


def refuse_amounts(labels: Sequence[str], rows: int, location: str) -> None:
    """Raise DataError for amounts, as of a regression: a hundred whole numbers or more, far apart, most once.

    ``labels`` are the distinct ones of ``rows`` images.
    """
    if len(labels) < _MANY_NUMBERS or 2 * len(labels) < rows or not all(map(is_whole, labels)):
        return
    numbers = [int(canonical(label)) for label in labels]
    if max(numbers) - min(numbers) > 2 * len(numbers):
        raise _out_of_scope(location, f"{rows:,} images have {len(labels):,} different numbers: a regression")


def refuse_places(file: str, columns: Sequence[str], first: Mapping[str, Sequence[str]]) -> None:
    """Raise OutOfScope where labels have their places in the image: names, each with its numbers."""
    for column in columns:
        filled = [value for value in first[column] if value]
        found = [value for value in filled if _PLACED.fullmatch(value)]
        if found and 2 * len(found) > len(filled):
            shown = found[0][:40] + ("…" if len(found[0]) > 40 else "")
            raise OutOfScope(
                f"{file}, column {column}: {shown!r} has places in the image beside the classes: this competition "
                f"finds objects in images, which is out of scope.",
                _HINT,
            )


def _out_of_scope(location: str, reason: str) -> OutOfScope:
    return OutOfScope(f"{location}: {reason}, which is out of scope.", _HINT)
