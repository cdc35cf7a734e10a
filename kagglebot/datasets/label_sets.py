"""Images of several classes: their labels read as sets, and encoded as a matrix of 0 and 1."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.labels import Labels, encode_labels
from kagglebot.datasets.values import is_number

#: The labels of each image.
LabelSets = Sequence[frozenset[str]]
_MARKS = "|;,"
#: A label in a JSON list, or in a list of Python.
_QUOTED = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]+))\s*""")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+")


class LabelCells(NamedTuple):
    """The sets in the cells of a column, and what stands between two labels of a cell."""

    sets: LabelSets
    separator: str


def read_label_cells(cells: NDArray[np.str_], known: Collection[str] = ()) -> LabelCells | None:
    """Return the sets of labels in cells such as ``rust scab`` or ``["rust", "scab"]``; None where each is one.

    Args:
        cells: (rows,) text.
        known: The classes that the sample submission names.
    """
    distinct, numbers = np.unique(cells, return_inverse=True)
    texts = [str(cell).strip() for cell in distinct]
    filled = [text for text in texts if text and text.lower() != "nan"]
    if filled and all(text.startswith("[") and text.endswith("]") for text in filled):
        parts = [_QUOTED.findall(text.strip("[]").strip()) for text in texts]
        sets = [frozenset("".join(groups).strip() for groups in found) - {""} for found in parts]
        several, separator = any(len(each) > 1 for each in sets), ", "
    else:
        separator = find_separator(filled) or " "
        example = _several_labels(set(filled), separator)
        several = bool(example) and not (example in known and not is_number(split_cell(example, separator)[0]))
        sets = [frozenset(split_cell(text, separator)) for text in texts]
    return LabelCells([sets[number] for number in numbers.reshape(-1)], separator) if several else None


def labels_of(cells: Collection[str]) -> set[str]:
    """Return the labels in the cells of a column, which may hold lists of them."""
    found = read_label_cells(np.array([*cells], dtype=np.str_))
    return {*cells} if found is None else set().union(*found.sets)


def find_separator(cells: Iterable[str]) -> str:
    """Return what stands between labels, as it is written first, such as ``", "``; empty where nothing does."""
    cells = [cell for cell in cells if not _THOUSANDS.fullmatch(cell)]
    for pattern in (*(rf"\s*[{mark}]\s*" for mark in _MARKS), r"\s+[&+/]\s+", r"\s+"):
        for cell in cells:
            if found := re.search(pattern, cell.strip()):
                return found[0]
    return ""


def split_cell(cell: str, separator: str) -> list[str]:
    """Return the labels in a cell; spaces beside the separator do not count."""
    return [label for label in (each.strip() for each in cell.split(separator.strip() or None)) if label]


def plain_labels(sets: LabelSets) -> NDArray[np.str_] | LabelSets:
    """Return the labels as text, ``(rows,)``, where each image has one."""
    if any(len(each) != 1 for each in sets):
        return sets
    return np.array([label for each in sets for label in each], dtype=np.str_)


def encode_label_sets(sets: LabelSets, locate: Callable[[int], str], known: Collection[str] = ()) -> Labels:
    """Return the classes, and a matrix ``(rows, classes)`` uint8: 1 where the image of the row is of the class.

    Raises:
        DataError: A label is empty, or no class; see ``encode_labels``.
    """
    rows = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
    labels = np.array([label for each in sets for label in sorted(each)], dtype=np.str_)
    classes, indices, notes = encode_labels(labels, lambda place: locate(int(rows[place])), known, in_lists=True)
    matrix = np.zeros((len(sets), len(classes)), np.uint8)
    matrix[rows, indices] = 1
    counts = matrix.sum(axis=1)
    note = f"An image may have several classes: {counts.mean():.1f} on average, {counts.max()} at most."
    return Labels(classes, matrix, (note, *notes))


def set_numbers(matrix: NDArray[np.uint8], classes: Sequence[object]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each row's set of classes, ``(rows,)`` int64, and the names of each set."""
    sets, numbers = np.unique(matrix, axis=0, return_inverse=True)
    names = [
        ", ".join(str(classes[index]) for index in np.flatnonzero(each).tolist()) or "no class" for each in sets
    ]
    return numbers.reshape(-1), names


def _several_labels(labels: set[str], separator: str) -> str:
    """Return an example of a label that is made of several labels; empty where there is none.

    Names may have several words ("Sugar beet", "ace of clubs"), so the words decide: in labels made of labels they
    are labels of their own, or numbers, or fewer than the labels made of them, whose lengths differ. Between
    spaces, some must change their place too: in names each is at its place from the start or from the end.
    """
    split = {label: split_cell(label, separator) for label in labels if not _THOUSANDS.fullmatch(label)}
    joined = {label: words for label, words in split.items() if len(words) > 1}
    if not joined:
        return ""
    words = {word for parts in split.values() for word in parts}
    alone = sum(all(word in labels for word in parts) for parts in joined.values())
    uses = Counter(word for parts in split.values() for word in parts)
    reused = len(words) < len(labels) and min(uses.values()) > 1
    lengths = len({len(parts) for parts in split.values()})
    free = bool(separator.strip()) or _change_places(split.values())
    shared = free and (2 * len(words) < len(labels) or (reused and lengths > 1))
    return min(sorted(joined), key=len) if 2 * alone > len(joined) or all(map(is_number, words)) or shared else ""


def _change_places(labels: Iterable[Sequence[str]]) -> bool:
    """Return whether a word is at different places in the labels, counted from the start and from the end."""
    places: dict[str, tuple[set[int], set[int]]] = {}
    for words in labels:
        for place, word in enumerate(words):
            start, end = places.setdefault(word, (set(), set()))
            start.add(place)
            end.add(len(words) - place)
    return any(len(start) > 1 and len(end) > 1 for start, end in places.values())
