"""Class indices made from the labels of the training data."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.out_of_scope import refuse_amounts, refuse_labels
from kagglebot.errors import DataError

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
# Whole numbers written with a point ("1.0") are classes, called by that text.
_FRACTION = re.compile(r"[-+]?(?!0*[0-9]+\.0+$)([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_EMPTY = {"", "nan"}
_HINT = "Correct or remove that row: every row needs one class, all of them numbers or all of them names."


def encode_labels(
    labels: NDArray[np.str_], locate: Callable[[int], str]
) -> tuple[tuple[str | int, ...], NDArray[np.int64]]:
    """Return the classes in index order, and the index of each label among them, (rows,) int64.

    Whole numbers become ``int`` classes in numeric order. Names, and numbers such as ``007`` that an ``int`` would
    not write the same, stay text in alphabetical order. Numbers among mostly names are names (``0``-``9``,
    ``A``-``Z``); a name among mostly numbers is a mistake. ``locate`` returns "train.csv, line 7" for a row.

    Raises:
        DataError: A label is empty, no number among numbers, or a fraction; all labels are the same; or they are
            the amounts of a regression, or several labels in one.
    """
    values, first_rows, indices = np.unique(labels, return_index=True, return_inverse=True)
    texts = [str(value).strip() for value in values]
    counts = np.bincount(indices, minlength=len(texts))
    refuse_labels(texts, locate(0))
    refuse_amounts(texts, len(labels), locate(0))
    _refuse([text.lower() in _EMPTY for text in texts], first_rows, locate, lambda _: "the label is empty")
    _refuse(
        [_FRACTION.fullmatch(text) is not None for text in texts],
        first_rows,
        locate,
        lambda index: f"label {texts[index]} is a fraction, and kagglebot predicts classes",
    )
    numeric = np.array([text.lstrip("-").isdecimal() for text in texts], dtype=bool)
    if 0 < counts[~numeric].sum() < counts[numeric].sum():
        _refuse(
            list(~numeric),
            first_rows,
            locate,
            lambda index: f"label {texts[index]!r} is not a number, as the others are",
        )
    classes = _sorted_classes(texts)
    if len(classes) < 2:
        raise DataError(f"{locate(0)}: every row has the label {classes[0]}.", "Two classes or more are needed.")
    position = {str(name): index for index, name in enumerate(classes)}
    return classes, np.array([position[text] for text in texts], dtype=np.int64)[indices.reshape(-1)]


def _sorted_classes(texts: list[str]) -> tuple[str | int, ...]:
    if all(_INTEGER.fullmatch(text) for text in texts):
        return tuple(sorted({int(text) for text in texts}))
    return tuple(sorted(set(texts)))


def _refuse(
    wrong: list[bool], first_rows: NDArray[np.intp], locate: Callable[[int], str], reason: Callable[[int], str]
) -> None:
    """Raise an error that names the first row with a wrong label, if there is one."""
    rows = [(int(first_rows[index]), index) for index, bad in enumerate(wrong) if bad]
    if rows:
        row, index = min(rows)
        raise DataError(f"{locate(row)}: {reason(index)}.", _HINT)
