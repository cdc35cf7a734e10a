"""Turns the labels of train.csv into class indices, and refuses what is no class."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.scope import refuse_labels, refuse_measures
from kagglebot.errors import DataError

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
# Whole numbers that a program wrote with a point ("1.0") are classes, of that very text.
_FRACTION = re.compile(r"[-+]?(?!0*[0-9]+\.0+$)([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_EMPTY = {"", "nan"}
_HINT = "Correct or remove that row: every row needs one class, all of them numbers or all of them names."


def encode_labels(
    labels: NDArray[np.str_], where: Callable[[int], str]
) -> tuple[tuple[str | int, ...], NDArray[np.int64]]:
    """Give the classes and, for each label, its index among them.

    Whole numbers become ``int`` classes in numeric order. Names, and numbers such as ``007`` that would not
    read the same again, stay text in alphabetical order. Numbers among mostly names are names (``0``-``9``,
    ``A``-``Z``); a name among mostly numbers is a mistake.

    Args:
        labels: (rows,) text as it stands in the file.
        where: Gives "train.csv, line 7, column label" for a row's index, counted from 0.

    Returns:
        The classes in index order, and (rows,) int64 indices.

    Raises:
        DataError: A label is empty, not a number among numbers, or a fraction; all labels are the same; or
            they are the amounts of a regression or several labels in one.
    """
    values, first_rows, indices = np.unique(labels, return_index=True, return_inverse=True)
    texts = [str(value).strip() for value in values]
    counts = np.bincount(indices, minlength=len(texts))
    refuse_labels(texts, where(0))
    refuse_measures(texts, len(labels), where(0))
    _refuse([text.lower() in _EMPTY for text in texts], first_rows, where, lambda _: "the label is empty")
    _refuse(
        [_FRACTION.fullmatch(text) is not None for text in texts],
        first_rows,
        where,
        lambda index: f"label {texts[index]} is a fraction, and kagglebot predicts classes",
    )
    numeric = np.array([text.lstrip("-").isdecimal() for text in texts], dtype=bool)
    if 0 < counts[~numeric].sum() < counts[numeric].sum():
        _refuse(
            list(~numeric),
            first_rows,
            where,
            lambda index: f"label {texts[index]!r} is not a number, as the others are",
        )
    classes = _sorted_classes(texts)
    if len(classes) < 2:
        raise DataError(f"{where(0)}: every row has the label {classes[0]}.", "Two classes or more are needed.")
    position = {str(name): index for index, name in enumerate(classes)}
    return classes, np.array([position[text] for text in texts], dtype=np.int64)[indices.reshape(-1)]


def _sorted_classes(texts: list[str]) -> tuple[str | int, ...]:
    if all(_INTEGER.fullmatch(text) for text in texts):
        return tuple(sorted({int(text) for text in texts}))
    return tuple(sorted(set(texts)))


def _refuse(
    wrong: list[bool], first_rows: NDArray[np.intp], where: Callable[[int], str], reason: Callable[[int], str]
) -> None:
    """Name the first row of the file whose label is wrong."""
    rows = [(int(first_rows[index]), index) for index, bad in enumerate(wrong) if bad]
    if rows:
        row, index = min(rows)
        raise DataError(f"{where(row)}: {reason(index)}.", _HINT)
