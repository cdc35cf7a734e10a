"""The groups of the training rows, such as patients and drivers: which column or part of file names tells them."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.fetch_request import GROUP_HINT, file_name_pattern
from kagglebot.datasets.grouping.table_columns import Column, encode, is_amount, names_groups, table_columns
from kagglebot.datasets.layouts import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.spellings.values import is_number, is_whole
from kagglebot.errors import DataError

#: The choice that keeps no rows together.
NONE = "none"

_CODE = re.compile(r"(?=.*[0-9])[^\s,;()\[\]{}]+( [0-9]+)?")
_PADDED = re.compile(r"0[0-9]{3,}")
_LEAST_VALUES, _LEAST_NAMED = 5, 3
_LARGEST_SHARE, _LEAST_SHARED, _LEAST_GIVEN = 1 / 3, 0.1, 0.9
#: A column of plain numbers or words is offered where it has so many values, of at most so many rows on average,
#: or where its name says what it holds.
_OFFERED_VALUES, _OFFERED_ROWS = 50, 50


@dataclass(frozen=True)
class RowGroups:
    """The groups of the training rows.

    Attributes:
        name: The column or pattern that tells them; empty where every row is a group of its own.
        numbers: (train_rows,) int64, the same for rows of one group.
        notes: What was assumed, one sentence each.
    """

    name: str
    numbers: NDArray[np.int64]
    notes: tuple[str, ...] = ()


def find_groups(files: CompetitionFiles, result: LayoutResult, labels: NDArray[np.int64]) -> RowGroups:
    """Return the groups that the user chose, or those of a column that repeats as patients do.

    Args:
        files: The competition's files, with the choice ``group``.
        result: What the layout found.
        labels: (train_rows,) class indices.

    Raises:
        DataError: There is no such column, or it holds no rows together that could be held out.
        UsageError: The chosen pattern has not one group.
    """
    choice = files.choices.get("group", "").strip()
    if choice.casefold() == NONE:
        return RowGroups("", np.arange(len(labels)))
    if choice:
        column = _chosen(choice, files, result)
        _refuse_useless(column, labels)
        return RowGroups(column.name, _numbers(column), _alone_note(column))
    columns = table_columns(files, result)
    taken = sorted((each for each in columns if repeats(each, labels)), key=lambda each: len(each.values))
    if taken:
        return RowGroups(taken[0].name, _numbers(taken[0]), (_taken_note(taken[0]), *_alone_note(taken[0])))
    offered = [each for each in columns if _may_repeat(each, labels)]
    offered.sort(key=lambda each: not names_groups(each.name))
    return RowGroups("", np.arange(len(labels)), tuple(map(_offer, offered[:1])))


def repeats(column: Column, labels: NDArray[np.int64]) -> bool:
    """Return whether a column repeats as patients, drivers and slides do, whatever its name is.

    Its values are codes, nearly all with a digit, and neither amounts nor words: ``p002``, ``IP_7279968``,
    ``0042``. There are five of them or more, each in at most a third of the rows. Nine of ten rows have a value,
    and a tenth share it with another row. Most rows are of a class that several values have; else the column is
    the class by another name, or a coarser one, and rows of it cannot be held out.
    """
    codes = sum(map(_is_code, column.values))
    return codes >= 0.95 * max(1, len(column.values)) and _is_spread(column, labels)


def _is_code(value: str) -> bool:
    return _CODE.fullmatch(value) is not None and (not is_number(value) or _PADDED.fullmatch(value) is not None)


def _is_spread(column: Column, labels: NDArray[np.int64], least: int = _LEAST_VALUES) -> bool:
    """Return whether a column has many values of few rows, and classes have several of them; see ``repeats``."""
    rows, given = len(column.numbers), column.numbers >= 0
    sizes = np.bincount(column.numbers[given], minlength=1)
    return bool(
        len(column.values) >= least
        and sizes.max() <= _LARGEST_SHARE * rows
        and sizes[sizes > 1].sum() >= _LEAST_SHARED * rows
        and given.sum() >= _LEAST_GIVEN * rows
        and _share_in_several(column, labels) > 0.5
    )


def _may_repeat(column: Column, labels: NDArray[np.int64]) -> bool:
    """Return whether whole numbers or words may be of patients: the column's name says so, or many values.

    See ``repeats``.
    """
    if names_groups(column.name):
        whole = all(is_whole(value) for value in column.values if is_amount(value))
        return whole and _is_spread(column, labels, _LEAST_NAMED)
    values = len(column.values)
    many = values >= _OFFERED_VALUES and 2 * values <= len(column.numbers) <= _OFFERED_ROWS * values
    whole = not any(map(is_amount, column.values))
    return many and whole and _is_spread(column, labels)


def _share_in_several(column: Column, labels: NDArray[np.int64]) -> float:
    """Return the share of rows, of those not alone in their class, whose class several values have."""
    given = column.numbers >= 0
    pairs = np.unique(labels[given] * len(column.values) + column.numbers[given])
    several = np.bincount(pairs // len(column.values), minlength=int(labels.max()) + 1) > 1
    sizes = np.bincount(labels, minlength=len(several))
    return float(sizes[several].sum() / max(1, sizes[sizes > 1].sum()))


def _chosen(choice: str, files: CompetitionFiles, result: LayoutResult) -> Column:
    """Return the column of that name that names most training images, or the part of file names of a pattern."""
    named = table_columns(files, result, choice)
    if named:
        return max(named, key=lambda each: np.count_nonzero(each.numbers >= 0))
    pattern = file_name_pattern(choice)
    if pattern is not None and isinstance(result.images, ImageFiles):
        found = (pattern.search(str(path)) for path in result.images.train)
        return encode(choice, "the file names", ((match and match[1]) or "" for match in found))
    if pattern is not None:
        raise DataError("--group: the images are no files, whose names a pattern could be of.", GROUP_HINT)
    others = ", ".join(dict.fromkeys(each.name for each in table_columns(files, result)))
    raise DataError(
        f"--group: no table that names the training images has a column {choice!r}; "
        f"{f'it could be {others}' if others else 'there are no further columns'}.",
        GROUP_HINT,
    )


def _refuse_useless(column: Column, labels: NDArray[np.int64]) -> None:
    """Raise DataError where no rows are held together, or none could be held out."""
    given = np.count_nonzero(column.numbers >= 0)
    if not given:
        reason = "tells nothing of any training row"
    elif len(column.values) == 1:
        reason = f"is {column.values[0]!r} in every row"
    elif len(column.values) == given:
        reason = "is different in every row, so it keeps none together"
    elif not _share_in_several(column, labels):
        reason = "tells the class, so a whole group held out would leave its class without rows to train on"
    else:
        return
    raise DataError(f"--group: {column.name!r} of {column.table} {reason}.", GROUP_HINT)


def _numbers(column: Column) -> NDArray[np.int64]:
    """Return the group of each row; a row without a value is a group of its own."""
    alone = len(column.values) + np.arange(len(column.numbers))
    return np.where(column.numbers >= 0, column.numbers, alone)


def _taken_note(column: Column) -> str:
    return (
        f"{column.table}: the column {column.name!r} repeats as patients or drivers do ({len(column.values):,} "
        f"values): all rows of one are trained on, or all validated on. --group none leaves that out, --group "
        f"COLUMN takes another."
    )


def _offer(column: Column) -> str:
    few = "" if names_groups(column.name) else ", each in few rows"
    return (
        f"{column.table}: the column {column.name!r} has {len(column.values):,} values{few}. If rows "
        f"of one belong together, as those of a patient do, keep them on one side of a split with "
        f"--group {column.name!r}."
    )


def _alone_note(column: Column) -> tuple[str, ...]:
    alone = np.count_nonzero(column.numbers < 0)
    if not alone:
        return ()
    return (
        f"{alone:,} of {len(column.numbers):,} training images have no {column.name!r} in {column.table}: each is "
        f"a group of its own.",
    )
