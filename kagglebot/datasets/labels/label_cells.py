"""Cells of a table that may hold several labels: whether they do, and what stands between two of them."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.labels.label_sets import LabelSets
from kagglebot.datasets.spellings.class_names import match_spellings
from kagglebot.datasets.spellings.values import is_number


class _Form(NamedTuple):
    """What may stand between labels: a pattern, and what is needed to take it for that.

    With ``alone`` the labels must stand alone in other cells. What is ``in_names`` too may be part of a name, and
    what is not ``usual`` mostly is.
    """

    pattern: str
    alone: bool = False
    in_names: bool = True
    usual: bool = True


_FORMS = (
    *(_Form(rf"\s*[{mark}]\s*", in_names=False) for mark in "|;,"),
    _Form(r"\s+[&+/]\s+"),
    _Form(r"\s+"),
    _Form(r"[&+/]", alone=True),
    _Form(r"[-_]", alone=True, usual=False),
)
#: A label in a list of JSON, or in a list, tuple or set of Python.
_QUOTED = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]+))\s*""")
_BRACKETS = re.compile(r"""\[.*\]|\{(?!.*['"]\s*:).*\}|\((?=['")]).*\)|set\(\)""", re.DOTALL)
_NUMBERS = re.compile(r"[-+.0-9\s]+")
_ONE_LABEL = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+|n/a", re.IGNORECASE)


class CellStyle(NamedTuple):
    """How labels are written in a cell: what stands between two of them, before the first and after the last."""

    separator: str
    start: str = ""
    end: str = ""


class LabelCells(NamedTuple):
    """The cells of a column, read as sets of labels.

    Attributes:
        sets: The labels in each cell.
        style: How they are written.
        example: A cell of several labels.
        likely: Whether they are sets rather than names of several words.
        unclear: Whether that is told by few cells only, whose words are labels of other rows.
    """

    sets: LabelSets
    style: CellStyle
    example: str = ""
    likely: bool = True
    unclear: bool = False


class _Reading(NamedTuple):
    example: str
    likely: bool
    unclear: bool


def read_label_cells(
    cells: NDArray[np.str_], known: Collection[str] = (), *, asked: bool = False
) -> LabelCells | None:
    """Return the sets of labels in cells such as ``rust scab`` or ``["rust", "scab"]``; None where each is one.

    Args:
        cells: (rows,) text.
        known: The classes that the columns of the sample submission name.
        asked: Whether cells hold several labels for sure.
    """
    distinct, numbers = np.unique(cells, return_inverse=True)
    texts = [str(cell).strip() for cell in distinct]
    filled = [text for text in texts if text and text.lower() != "nan"]
    if filled and all(map(in_brackets, filled)):
        sets = [frozenset(split_list(text)) for text in texts]
        if max(map(len, sets)) < 2:
            return None
        found = LabelCells(sets, list_style(max(filled, key=len)) or CellStyle(", "))
    else:
        readings = ((each, _read({*filled}, each, form, known)) for each, form in _separators(filled))
        separator, reading = next(((each, reading) for each, reading in readings if reading), ("", None))
        if reading is None and asked:
            separator = next((each for each, _ in _separators(filled)), "")
            reading = _Reading("", likely=True, unclear=False) if separator else None
        if reading is None:
            return None
        sets = [frozenset(_labels(text, separator)) for text in texts]
        found = LabelCells(sets, CellStyle(separator), *reading)
    return found._replace(sets=[found.sets[number] for number in numbers.reshape(-1).tolist()])


def labels_of(cells: Collection[str], known: Collection[str] = ()) -> set[str]:
    """Return the labels in the cells of a column, which may hold lists of them."""
    found = read_label_cells(np.array([*cells], dtype=np.str_), known)
    return set().union(*found.sets) if found and found.likely else {*cells}


def find_separators(cells: Iterable[str]) -> list[str]:
    """Return what may stand between labels, as it is written first, such as ``", "``: marks before spaces."""
    return [separator for separator, _ in _separators([*cells])]


def split_cell(cell: str, separator: str) -> list[str]:
    """Return the labels in a cell; spaces beside the separator do not count."""
    return [label for label in (each.strip() for each in cell.split(separator.strip() or None)) if label]


def _separators(cells: Collection[str]) -> Iterator[tuple[str, _Form]]:
    cells = [cell.strip() for cell in cells if not _is_one(cell)]
    for form in _FORMS:
        found = next((found for cell in cells if (found := re.search(form.pattern, cell))), None)
        if found:
            yield found[0], form


def _labels(cell: str, separator: str) -> list[str]:
    return [cell] if _is_one(cell) else split_cell(cell, separator)


def _is_one(cell: str) -> bool:
    return is_number(cell) or _ONE_LABEL.fullmatch(cell.strip()) is not None


def in_brackets(cell: str) -> bool:
    """Return whether a cell is a list of JSON, or a list, tuple or set of Python."""
    return _BRACKETS.fullmatch(cell) is not None


def list_style(cell: str) -> CellStyle | None:
    """Return how the labels in a list in brackets are written; None where it is empty.

    >>> list_style("['rust', 'scab']"), list_style("{1}")
    (CellStyle(separator="', '", start="['", end="']"), CellStyle(separator=', ', start='{', end='}'))
    """
    if not split_list(cell):
        return None
    quote = cell[1] if cell[1] in "'\"" else ""
    commas, spaces = (re.search(f"{quote}({between}){quote}", cell[2:]) for between in (r"\s*,\s*", r"\s+"))
    between = commas or spaces
    return CellStyle(f"{quote}{between[1] if between else ', '}{quote}", cell[0] + quote, quote + cell[-1])


def split_list(text: str) -> list[str]:
    """Return the labels in a list in brackets."""
    inner = text.removeprefix("set")[1:-1]
    if _NUMBERS.fullmatch(inner):
        return inner.split()
    return [label for groups in _QUOTED.findall(inner.strip()) if (label := "".join(groups).strip())]


def _read(labels: set[str], separator: str, form: _Form, known: Collection[str]) -> _Reading | None:
    """Return how labels divided by a separator may be read; None where they are names of several words.

    Names may have several words ("Sugar beet", "ace of clubs"), so the words decide: in labels made of labels they
    are labels of their own, or numbers, or fewer than the labels made of them, whose lengths differ. Between
    spaces, some must change their place too: in names each is at its place from the start or from the end.
    """
    split = {label: _labels(label, separator) for label in labels}
    joined = {label: words for label, words in split.items() if len(words) > 1}
    if not joined:
        return None
    words = {word for parts in split.values() for word in parts}
    numeric = all(map(is_number, words))
    named = (
        bool(known) and not numeric and any(index is not None for index in match_spellings([*joined], [*known]))
    )
    if known and not named and words.issubset(known):
        return _Reading(min(sorted(joined), key=len), likely=True, unclear=False)
    made = sorted(label for label, parts in joined.items() if all(word in labels for word in parts))
    stand_alone = len(made) == len(joined) if form.alone and form.usual else 2 * len(made) > len(joined)
    if not (stand_alone or (not form.alone and not named and (numeric or _are_shared(split, separator)))):
        return None
    listed = not form.in_names or (numeric and not form.alone)
    unclear = stand_alone and not listed and len(joined) < len(labels) - len(joined)
    return _Reading(min(made or sorted(joined), key=len), likely=form.usual and not named, unclear=unclear)


def _are_shared(split: dict[str, list[str]], separator: str) -> bool:
    words = {word for parts in split.values() for word in parts}
    uses = Counter(word for parts in split.values() for word in parts)
    reused = len(words) < len(split) and min(uses.values()) > 1
    lengths = len({len(parts) for parts in split.values()})
    free = bool(separator.strip()) or _change_places(split.values())
    return free and (2 * len(words) < len(split) or (reused and lengths > 1))


def _change_places(labels: Iterable[Sequence[str]]) -> bool:
    """Return whether a word is at different places in the labels, counted from the start and from the end."""
    places: dict[str, tuple[set[int], set[int]]] = {}
    for words in labels:
        for place, word in enumerate(words):
            start, end = places.setdefault(word, (set(), set()))
            start.add(place)
            end.add(len(words) - place)
    return any(len(start) > 1 and len(end) > 1 for start, end in places.values())
