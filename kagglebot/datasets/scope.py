"""What kagglebot does not do, told before any work: regression, objects in images, several labels an image."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from kagglebot.errors import DataError

_FRACTION = re.compile(r"[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+(\.0*)?")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_BETWEEN_LABELS = re.compile(r"[\s|;,]+")
_OBJECTS = re.compile(
    r"encoded_?pixels|rle|.*_rle|rle_.*|.*segmentation.*|bbox(es)?|.*_bbox|boxes(_?string)?|prediction_?string"
    r"|[xy]_?(min|max)|polygons?"
)
#: So many different whole numbers, most of them there once, are no classes.
_MANY_NUMBERS = 100
_HINT = (
    "kagglebot gives each image one class. If another column holds the class, name it with --target; "
    "else choose an image-classification competition."
)


def refuse_objects(columns: Iterable[str], file: str) -> None:
    """Refuse a table whose columns hold boxes or masks.

    Raises:
        DataError: The competition finds objects in images, or outlines them.
    """
    found = [column for column in columns if _OBJECTS.fullmatch(column.strip().lower())]
    if found:
        raise DataError(
            f"{file} has a column {found[0]!r}: this competition finds objects in images (detection or "
            f"segmentation), which is out of scope.",
            _HINT,
        )


def refuse_labels(labels: Sequence[str], place: str) -> None:
    """Refuse labels that are measured numbers, or several labels in one.

    Args:
        labels: The distinct labels, or those of the first rows.
        place: Where they stand, such as "train.csv, line 2, column label".

    Raises:
        DataError: It is a regression, or an image may have several labels.
    """
    filled = [label for label in labels if label and label.lower() != "nan"]
    fractions = [label for label in filled if _FRACTION.fullmatch(label) and not _WHOLE.fullmatch(label)]
    if len(set(fractions)) > 1 and 2 * len(fractions) >= len(filled):
        raise _out_of_scope(place, f"the labels are fractions, such as {fractions[0]}: a regression")
    several = _several_labels(set(filled))
    if several:
        raise _out_of_scope(place, f"{several!r} is several labels for one image (multi-label)")


def refuse_measures(labels: Sequence[str], rows: int, place: str) -> None:
    """Refuse whole numbers that are amounts, not classes: hundreds of them, far apart, hardly any twice.

    Args:
        labels: The distinct labels.
        rows: How many images have them.
        place: Where they stand.

    Raises:
        DataError: It is a regression.
    """
    if len(labels) < _MANY_NUMBERS or 2 * len(labels) < rows or not all(map(_INTEGER.fullmatch, labels)):
        return
    numbers = [int(label) for label in labels]
    if max(numbers) - min(numbers) > 2 * len(numbers):
        raise _out_of_scope(place, f"{rows:,} images have {len(labels):,} different numbers: a regression")


def _several_labels(labels: set[str]) -> str:
    """Give an example of a label made of labels, or nothing.

    Names may be of several words ("Sugar beet"), so it is told by the words: they are labels of their own, or
    numbers, or fewer than what is put together from them, now of more, now of less.
    """
    split = {label: _BETWEEN_LABELS.split(label) for label in labels}
    joined = {label: words for label, words in split.items() if len(words) > 1}
    if not joined:
        return ""
    words = {word for parts in split.values() for word in parts}
    alone = sum(all(word in labels for word in parts) for parts in joined.values())
    numbers = all(word.isdecimal() for word in words)
    uses = Counter(word for parts in split.values() for word in parts)
    reused = len(words) < len(labels) and min(uses.values()) > 1
    lengths = len({len(parts) for parts in split.values()})
    if 2 * alone > len(joined) or numbers or 2 * len(words) < len(labels) or (reused and lengths > 1):
        return min(joined, key=len)
    return ""


def _out_of_scope(place: str, reason: str) -> DataError:
    return DataError(f"{place}: {reason}, which is out of scope.", _HINT)
