"""The check of a submission file, before any of the day's allowance is spent on it."""

import csv
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import SubmissionError
from kagglebot.metrics.registry import get_metric
from kagglebot.system.files import disk_errors

#: No row is longer, of however many columns; so a file without line ends does not fill the memory.
_LONGEST_LINE_BYTES = 4 << 20
_SHOWN = 3  # examples of ids and classes in a message
_CORRECT = "Nothing was uploaded: correct the file and submit it again."


def check_submission(path: Path, sample: Sample, schema: Schema) -> int:
    """Make sure that Kaggle can score a file; read line by line, so a file of any size can be checked.

    Rows of probabilities need not sum to one: Kaggle divides each by its sum. For log loss that sum must not be 0.

    Args:
        path: The CSV to check.
        sample: sample_submission.csv's columns and ids; a file may hold the ids in any order.
        schema: Says what the columns hold, and which classes there are.

    Returns:
        The number of predictions, which is the number of ids in the sample.

    Raises:
        SubmissionError: Another header or column count; an id that is missing, twice there or unknown; a value
            that is empty, no class, or no probability from 0 to 1. The message names the line, counted from 1
            with the header.
        DataError: The file cannot be read.
    """
    check_values = _label_check(schema) if schema.answer == "label" else _probability_check(schema)
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        rows = _rows(path, stream)
        _check_header(path, next(rows, (1, []))[1], sample)
        first_line: dict[str, int] = {}
        expected = set(sample.ids)
        for line, row in rows:
            if len(row) != len(sample.columns):
                raise _wrong(path, line, f"{_count(len(row), 'value')} instead of {len(sample.columns)}")
            row_id = row[0]
            if row_id in first_line:
                raise _wrong(path, line, f"id {row_id!r} is there twice, first in line {first_line[row_id]}")
            if row_id not in expected:
                raise _wrong(path, line, f"id {_short(row_id)} is not in sample_submission.csv")
            try:
                check_values(sample.columns[1:], row[1:])
            except _WrongValue as error:
                raise _wrong(path, line, error.what, error.hint) from None
            first_line[row_id] = line
    missing = [row_id for row_id in sample.ids if row_id not in first_line]
    if missing:
        raise SubmissionError(
            f"{path} has {_count(len(first_line), 'row')} instead of {len(sample.ids)}: "
            f"{_count(len(missing), 'id')} of sample_submission.csv missing, such as {_some(missing)}.",
            "Predict every row of the test set.",
        )
    return len(first_line)


class _WrongValue(Exception):
    """What is wrong with a row's values."""

    def __init__(self, what: str, hint: str = _CORRECT) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


_Check = Callable[[Sequence[str], Sequence[str]], None]  # of column names and a row's values


def _label_check(schema: Schema) -> _Check:
    allowed = {str(name): name for name in schema.classes}  # in the classes' order

    def check(columns: Sequence[str], values: Sequence[str]) -> None:
        for column, value in zip(columns, values, strict=True):
            if value not in allowed:
                raise _no_class(column, value, allowed)

    return check


def _probability_check(schema: Schema) -> _Check:
    rescaled = schema.answer == "probabilities" and get_metric(schema.metric).rewards_calibration

    def check(columns: Sequence[str], values: Sequence[str]) -> None:
        numbers = [_number(column, value) for column, value in zip(columns, values, strict=True)]
        for column, number in zip(columns, numbers, strict=True):
            if not 0 <= number <= 1:
                raise _WrongValue(f"{column} is {number}, and a probability lies between 0 and 1")
        if rescaled and not any(numbers):
            raise _WrongValue("every probability is 0, and Kaggle divides each row by its sum")

    return check


def _number(column: str, value: str) -> float:
    try:
        number = float(
            value if value.isascii() and "_" not in value else ""
        )  # Python would read more than CSV has
    except ValueError:
        empty = not value.strip()
        what = "empty" if empty else f"{_short(value)}, which is not a number; a probability is wanted"
        raise _WrongValue(f"{column} is {what}") from None
    if not math.isfinite(number):
        raise _WrongValue(f"{column} is {value!r}, which is not a finite number")
    return number


def _no_class(column: str, value: str, allowed: Collection[str]) -> _WrongValue:
    if not value.strip():
        return _WrongValue(f"{column} is empty")
    meant = next((name for name in allowed if name.casefold() == value.strip().casefold()), None)
    try:
        number = float(value)
    except ValueError:
        number = 0.5
    if not math.isfinite(number) and meant is None:
        return _WrongValue(f"{column} is {value!r}, which is not a finite number")
    if number.is_integer() and str(int(number)) in allowed:
        meant = str(int(number))
    what = f"{column} is {_short(value)}, which is no class; the classes are {_some(list(allowed))}"
    return _WrongValue(what, f"Write it as {meant}, letter for letter. {_CORRECT}" if meant else _CORRECT)


def _rows(path: Path, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with its line number in the file."""
    reader = csv.reader(_lines(path, stream), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable(path, reader.line_num, str(error)) from error


def _lines(path: Path, stream: BinaryIO) -> Iterator[str]:
    number = 0
    while line := stream.readline(_LONGEST_LINE_BYTES):
        number += 1
        if len(line) == _LONGEST_LINE_BYTES and not line.endswith(b"\n"):
            raise _unreadable(path, number, "it is too long for a row")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _unreadable(path, number, str(error)) from error
        yield text


def _check_header(path: Path, header: Sequence[str], sample: Sample) -> None:
    if tuple(header) == sample.columns:
        return
    pairs = zip(sample.columns, header, strict=False)
    if len(header) == len(sample.columns) > 2:
        wanted, found = next((repr(name), _short(other)) for name, other in pairs if name != other)
        what = f"the columns have {found} where {wanted} should be"
    else:
        what = f"the columns are {_short(','.join(header))} instead of {_short(','.join(sample.columns))}"
    hint = "Give it the header of sample_submission.csv, letter for letter, without a byte-order mark."
    raise _wrong(path, 1, what, hint)


def _unreadable(path: Path, line: int, reason: str) -> SubmissionError:
    return SubmissionError(
        f"{path} is not a CSV file in UTF-8: line {line}: {reason}.", "Save it as plain CSV, encoded in UTF-8."
    )


def _wrong(path: Path, line: int, what: str, hint: str = _CORRECT) -> SubmissionError:
    return SubmissionError(f"{path}, line {line}: {what}.", hint)


def _short(text: str) -> str:
    return repr(text if len(text) <= 100 else f"{text[:99]}…")


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
