"""Tables with a column for each class: 1 where the image of the row is of it, else 0."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kagglebot.datasets.labels.label_cells import find_separators, in_brackets, labels_of, split_cell, split_list
from kagglebot.datasets.labels.label_sets import LabelSets
from kagglebot.datasets.out_of_scope import OutOfScope, refuse_fractions
from kagglebot.datasets.sample_submission.long_ids import LongIds
from kagglebot.datasets.spellings.class_names import match_columns
from kagglebot.datasets.spellings.names import match_names
from kagglebot.datasets.spellings.values import canonical, is_number, is_whole
from kagglebot.datasets.tables.table import HINT
from kagglebot.datasets.tables.text_columns import TextColumns
from kagglebot.errors import DataError
from kagglebot.system.listing import shorten

_ONE = {"1", "true", "yes", "y", "t", "x", "positive", "present"}
_ZERO = {"0", "false", "no", "n", "f", "", "negative", "absent"}
#: "Uncertain" beside 0 and 1, or "no" beside 1 alone.
_MINUS = "-1"
_KNOWN = _ONE | _ZERO | {_MINUS}
#: In a column of a class, a mistake is in fewer cells than these: a part of the rows, and in one.
_FEW, _SHOWN = 0.01, 3
_CHOOSE = "Choose a competition that asks for the class of an image, or for each class whether an image is of it."


def asked_columns(columns: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a table that the sample has too, but for its ids; none where they are too few.

    One must be there if one is asked for. Of several, two must: the others are classes without training images.
    The sample may call all of several with the same prefix.
    """
    positions = match_names(asked, columns)
    if len(asked) > 1 and set(positions) == {None}:
        positions = match_columns([name.strip() for name in asked], columns)
    found = tuple(columns[position] for position in positions if position is not None)
    return found if len(found) == len(asked) or len(found) > 1 else ()


def are_marks(columns: Sequence[str], asked: Sequence[str], first: Mapping[str, Sequence[str]]) -> bool:
    """Return whether columns are of classes: the sample has just these, or their first values are 0 and 1."""
    named = len(columns) == len(asked) and None not in match_names(asked, columns)
    return named or all(_plain(value) in _KNOWN for name in columns for value in first[name])


def named_in_cells(first: Mapping[str, Sequence[str]], cells: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of 0 and 1 where cells of the sample name some of them, and no other column holds that.

    Args:
        first: The first values of each column but the ids, by its name.
        cells: Those of the one column that the sample has after its ids.
    """
    marks = _columns_of_marks(first)
    words = _words(cells)
    named = {word for word, place in zip(words, match_names(words, marks), strict=True) if place is not None}
    others = (name for name in first if name not in marks)
    if len(marks) < 2 or any(named & labels_of(first[name], marks) for name in others):
        return ()
    return marks if named else ()


def refuse_one_of_hot(file: str, target: str, first: Mapping[str, Sequence[str]], asked: str) -> None:
    """Raise DataError where the column guessed as the class is one of several, of which each row has a 1 in one.

    Args:
        file: The name of the table.
        target: The column that is guessed.
        first: The first values of each column but the ids, by its name.
        asked: The column of the sample after its ids.
    """
    marks = _columns_of_marks(first)
    rows = [
        sum(_plain(value) in _ONE for value in row) for row in zip(*(first[name] for name in marks), strict=True)
    ]
    if target in marks and len(marks) > 1 and {*rows} == {1}:
        raise DataError(
            f"{file}: of the columns {shorten(marks, _SHOWN)} one holds a 1 in each row, as columns of classes "
            f"do; the sample submission asks for {asked!r} and names none of them, so what to write for a "
            f"class is unknown.",
            f"Add a column {asked!r} with the class of each image, as it is to be written, to {file} in a copy of "
            f"the files, and read that with --from; if one of these columns is the answer, name it with --target.",
        )


def _columns_of_marks(first: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(name for name, values in first.items() if any(values) and _KNOWN.issuperset(map(_plain, values)))


def _words(cells: Sequence[str]) -> list[str]:
    """Return the cells, and what may be the labels in them."""
    words = dict.fromkeys(cells)
    for cell in filter(in_brackets, cells):
        words.update(dict.fromkeys(split_list(cell)))
    for separator in find_separators(cells):
        words.update(dict.fromkeys(label for cell in cells for label in split_cell(cell, separator)))
    return [word for word in words if word]


def read_marks(file: str, columns: Sequence[str], rows: TextColumns) -> tuple[LabelSets, tuple[str, ...]]:
    """Return the classes of each row by the columns that hold a 1, and a note on values of -1.

    Args:
        file: The name of the table.
        columns: Its columns of classes.
        rows: Their values, after the id of each row.

    Raises:
        OutOfScope: A column has other values than 0 and 1 in many rows.
        DataError: It has one in few.
    """
    _check_values(file, columns, rows)
    plain = [[_plain(value) for value in row[1:]] for row in rows.values]
    labels = [frozenset(name for name, value in zip(columns, row, strict=True) if value in _ONE) for row in plain]
    values = [value for row in plain for value in row]
    unsure = values.count(_MINUS)
    note = (
        f"{file}: -1 in {unsure:,} of {len(values):,} cells of the columns of classes is read as 0; "
        f"write 1 there if the image is of the class."
    )
    return labels, (note,) if unsure and _ZERO.intersection(values) else ()


def read_long_marks(
    file: str, column: str, long: LongIds, rows: TextColumns
) -> tuple[TextColumns, LabelSets, tuple[str, ...]]:
    """Return the rows of a table of images and classes with the ids of images, and what ``read_marks`` returns."""
    pairs = [long.split(row[0]) or (row[0], "") for row in rows.values]
    marked, notes = read_marks(file, [column], rows)
    labels = [frozenset({label}) if each else each for (_, label), each in zip(pairs, marked, strict=True)]
    return replace(rows, values=[(image,) for image, _ in pairs]), labels, notes


def refuse_single_empty(file: str, columns: Sequence[str], labels: LabelSets, lines: Sequence[int]) -> None:
    """Raise DataError where hardly any image has no class, and none has several: that is a mistake."""
    empty = [line for each, line in zip(labels, lines, strict=True) if not each]
    if 0 < len(empty) < fewest_several(len(labels)) and max(map(len, labels)) < 2:
        raise DataError(
            f"{file}, line {empty[0]}: none of the {len(columns)} columns of classes holds a 1.",
            "Correct or remove that row; if an image may have several classes or none, add --labels several.",
        )


def fewest_several(images: int) -> float:
    """Return how many images of several classes, or of none, there are at least where that is no mistake."""
    return max(2, _FEW * images)


def _check_values(file: str, columns: Sequence[str], rows: TextColumns) -> None:
    others: dict[str, list[tuple[str, int]]] = {}
    for row, line in zip(rows.values, rows.lines, strict=True):
        for name, value in zip(columns, row[1:], strict=True):
            if _plain(value) not in _KNOWN:
                others.setdefault(name, []).append((value, line))
    if not others:
        return
    name, found = max(others.items(), key=lambda item: len(item[1]))
    value, line = found[0]
    where = f"{file}, line {line}"
    refuse_fractions(rows.values[rows.lines.index(line)][1:], where)
    if len(found) < fewest_several(len(rows.lines)):
        raise DataError(
            f"{where}: the column {name!r} holds {value!r}, and a column of a class 0 or 1.",
            f"Correct that row. {HINT}",
        )
    if all(is_number(value) and not is_whole(value) for value, _ in found):
        raise OutOfScope(
            f"{where}: the column {name!r} holds {value}, and a column of a class 0 or 1: a regression, which is "
            f"out of scope.",
            _CHOOSE,
        )
    shown, asked = shorten(sorted({value for value, _ in found}), _SHOWN), shorten(columns, _SHOWN)
    raise OutOfScope(
        f"{file}: the column {name!r} holds {shown}, and a column of a class 0 or 1; the sample submission asks "
        f"for {asked}, so there are several answers an image, which is out of scope.",
        _CHOOSE,
    )


def _plain(value: str) -> str:
    return canonical(value).lower()
