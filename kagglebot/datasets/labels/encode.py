"""Class indices made from the labels of the training data."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.out_of_scope import refuse_amounts, refuse_fractions
from kagglebot.datasets.spellings.values import canonical, is_number, is_whole
from kagglebot.errors import DataError

_MISSING = {"", "nan"}  # among numbers; among names, nan is a name as any other
_HINT = "Correct or remove that row: every row needs one class, all of them numbers or all of them names."


class Labels(NamedTuple):
    """Classes in index order, the index of each label, (rows,) int64, and what was assumed, one sentence each.

    Where images have several classes, the indices are a matrix, see ``label_sets.encode_label_sets``.
    """

    classes: tuple[str | int, ...]
    indices: NDArray[Any]
    notes: tuple[str, ...] = ()


def encode_labels(
    labels: NDArray[np.str_],
    locate: Callable[[int], str],
    known: Collection[str] = (),
    *,
    in_table: bool = True,
    in_lists: bool = False,
) -> Labels:
    """Return the classes, and the index of each label among them.

    Numbers are classes in numeric order: ``int`` where all are written as an ``int`` is, else text, such as
    ``007`` or ``1.0``. Names are classes in alphabetical order. Numbers beside names are names (``0``-``9``,
    ``unknown``), unless the only name is in a single row of a table: that is a mistake.

    Args:
        labels: (rows,) text.
        locate: Returns "train.csv, line 7" for a row.
        known: The classes that the sample submission names.
        in_table: Whether a table holds the labels; else they are in the names of folders or files.
        in_lists: Whether they are parts of lists of labels, which are no amounts.

    Raises:
        DataError: A label is empty, no number among numbers, or a fraction; all labels are the same; or they are
            the amounts of a regression.
    """
    values, first_rows, indices, counts = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    texts = [str(value).strip() for value in values]
    if in_table and not in_lists:
        refuse_fractions(texts, locate(0))
        refuse_amounts(texts, len(labels), locate(0))
    numeric = np.array([is_number(text) for text in texts])
    named = np.array([text.lower() not in _MISSING or text in known for text in texts]) & ~numeric
    meant = named & ((counts > 1) | np.array([text in known for text in texts]))
    mostly_numbers = bool(counts[numeric].sum() > counts[named].sum())
    numbers = mostly_numbers and not meant.any() if in_table else all(map(is_whole, texts))
    rows = sorted(zip(first_rows.tolist(), texts, strict=True))
    for row, text in rows:
        if reason := _fault(text, numbers=numbers):
            raise DataError(f"{locate(row)}: {reason}.", _HINT)
    names = _spell(texts, canonical if numbers else partial(normalize, "NFC"), known)
    classes = sorted(sorted(set(names.values())), key=lambda name: int(canonical(name)) if numbers else name)
    if len(classes) < 2:
        written = f", written as {' and '.join(sorted(set(texts)))}" if len(set(texts)) > 1 else ""
        raise DataError(
            f"{locate(0)}: every row has the label {classes[0]}{written}.", "Two classes or more are needed."
        )
    position = {name: index for index, name in enumerate(classes)}
    encoded = np.array([position[names[text]] for text in texts], dtype=np.int64)
    odd = set(np.array(texts)[meant].tolist()) if in_table and mostly_numbers else set()
    notes = [note for row, text in rows if (note := _note(locate(row), text, names[text], odd))]
    return Labels(as_classes(classes), encoded[indices.reshape(-1)], tuple(notes[:1]))


def as_classes(names: Sequence[str]) -> tuple[str | int, ...]:
    """Return classes from their spellings: ``int`` where all are written as an ``int`` is, else text."""
    plain = all(is_whole(name) and name == canonical(name) for name in names)
    return tuple(map(int, names)) if plain else tuple(names)


def _fault(text: str, *, numbers: bool) -> str:
    """Return what is wrong with a label, where the labels are ``numbers`` or names."""
    if not text or (numbers and text.lower() in _MISSING):
        return "the label is empty"
    if not numbers or is_whole(text):
        return ""
    if is_number(text):
        return f"label {text} is a fraction, and kagglebot predicts classes"
    return f"label {text!r} is not a number, as the others are"


def _spell(texts: list[str], plain: Callable[[str], str], known: Collection[str]) -> dict[str, str]:
    """Return the class of each label: as it is written, or its ``plain`` spelling where one has several.

    Several spellings are several classes where the sample submission names them.
    """
    spelled = {text: plain(text) for text in texts}
    listed = [text for text in spelled if text in known]
    several = len(set(map(plain, listed))) < len(listed)
    return {text: text for text in texts} if several or len({*spelled.values()}) == len(spelled) else spelled


def _note(location: str, text: str, name: str, odd: Collection[str]) -> str:
    if text.lower() == "nan" or text in odd:
        others = "and so are the numbers" if text in odd else "as other labels are names"
        return f"{location}: {text!r} is taken for the name of a class, {others}."
    kind = "number" if is_number(text) else "name in another Unicode form"
    return f"{location}: {text} is taken for the class {name}, the same {kind}." if text != name else ""
