"""The check of a submission file, before it is uploaded and counts as one of the day's submissions."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.datasets.spellings.values import is_number, match
from kagglebot.errors import SubmissionError
from kagglebot.metrics.registry import get_metric
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.listing import listed

if TYPE_CHECKING:
    import pandas as pd

#: No row is longer, of however many columns, so a file without line ends does not fill the memory.
_LONGEST_LINE_BYTES = 4 << 20
_BLOCK_ROWS = 4096
_NOT_FINITE = {"nan", "inf", "infinity"}
_CORRECT = "Nothing was uploaded: correct the file and submit it again."


def check_submission(path: Path, sample: Sample, schema: Schema) -> int:
    """Check that Kaggle can score a submission file.

    Rows of probabilities need not sum to one: Kaggle divides each by its sum. For log loss that sum must not be 0.

    Args:
        path: The CSV to check.
        sample: The columns and ids of sample_submission.csv; the file may hold the ids in any order.
        schema: What the columns hold, and the classes.

    Returns:
        The number of predictions, which is the number of ids in the sample.

    Raises:
        SubmissionError: Another header or column count; an id that is missing, duplicate or unknown; a value that
            is empty, no class, or no probability from 0 to 1; too many classes in a row, or one of them twice. The
            message names the line, counted from 1 with the header.
        DataError: The file cannot be read.
    """
    sample = sample.written
    frame = _read(path, sample)
    ids, cells = frame.iloc[:, 0], frame.iloc[:, 1:]
    _check_ids(path, ids, sample)
    checks = {"label": _check_labels, "labels": _check_label_lists, "set": _check_label_lists}
    checks.get(schema.prediction_kind, _check_probabilities)(path, cells, schema)
    if len(frame) < len(sample.ids):
        found = set(ids)
        missing = [row_id for row_id in sample.ids if row_id not in found]
        raise SubmissionError(
            f"{path} has {_count(len(frame), 'row')} instead of {len(sample.ids)}: "
            f"{_count(len(missing), 'id')} of sample_submission.csv missing, such as {listed(missing, 3)}.",
            "Predict every row of the test set.",
        )
    return len(frame)


def _read(path: Path, sample: Sample) -> "pd.DataFrame":
    """Return the cells as text, with the line numbers as index.

    The rows are split by ``csv``: ``pandas.read_csv`` would let a broken file through, as it fills short rows,
    drops NUL bytes, and reads ``"a"b`` as ``ab``.
    """
    import pandas as pd

    header, width = sample.in_file_order(sample.columns), len(sample.columns)
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        rows = _rows(path, stream)
        if sample.bare:
            rows = ((line, [str(number), *cells]) for number, (line, cells) in enumerate(rows, start=1))
        else:
            _check_header(path, next(rows, (1, []))[1], sample)
        frames = [pd.DataFrame(columns=header, dtype="object")]
        while block := list(islice(rows, _BLOCK_ROWS)):
            for line, cells in block:
                if len(cells) != width:
                    raise _wrong(
                        path, line, f"{_count(len(cells) - sample.bare, 'value')} instead of {width - sample.bare}"
                    )
            lines, values = zip(*block, strict=True)
            frames.append(pd.DataFrame(values, lines, header, dtype="object"))
    others = (place for place in range(width) if place != sample.id_place)
    return pd.concat(frames).iloc[:, [sample.id_place, *others]]


def _check_ids(path: Path, ids: "pd.Series[str]", sample: Sample) -> None:
    if (line := _first_line(ids.duplicated())) is not None:
        first = _first_line(ids == ids[line])
        raise _wrong(path, line, f"id {_short(ids[line])} is there twice, first in line {first}")
    if (line := _first_line(~ids.isin(sample.ids))) is not None:
        index = match([ids[line]], sample.ids)[0]
        hint = f"Write it as {sample.ids[index]}, letter for letter. {_CORRECT}" if index is not None else _CORRECT
        raise _wrong(path, line, f"id {_short(ids[line])} is not in sample_submission.csv", hint)


def _check_labels(path: Path, cells: "pd.DataFrame", schema: Schema) -> None:
    allowed = [str(name) for name in schema.classes]
    right = cells.isin(allowed)
    if (line := _first_line(~right.all(axis="columns"))) is not None:
        column = str(right.loc[line].idxmin())
        raise _wrong(path, line, *_no_class(column, str(cells.at[line, column]), allowed))


def _check_label_lists(path: Path, cells: "pd.DataFrame", schema: Schema) -> None:
    allowed = {str(name): None for name in schema.classes}
    start, end = schema.label_ends
    column, first = str(cells.columns[0]), next(iter(allowed))
    for line, cell in zip(map(int, cells.index), map(str, cells.iloc[:, 0]), strict=True):
        if schema.without_class and cell == schema.cell([]):
            continue
        if len(cell) < len(start + end) or not (cell.startswith(start) and cell.endswith(end)):
            what = f"{column} is {_short(cell)}, which is not written as {start}{first}{end} is"
            raise _wrong(path, line, what)
        labels = cell.removeprefix(start).removesuffix(end).split(schema.label_separator)
        strange = next((label for label in labels if label not in allowed), None)
        if strange is not None:
            raise _wrong(path, line, *_no_class(column, strange, [*allowed]))
        if len({*labels}) < len(labels):
            raise _wrong(path, line, f"{column} is {_short(cell)}, which names a class twice")
        if len(labels) > schema.labels_a_row:
            raise _wrong(path, line, f"{column} has {len(labels)} classes, and {schema.labels_a_row} may be named")


def _check_probabilities(path: Path, cells: "pd.DataFrame", schema: Schema) -> None:
    import pandas as pd

    numbers = cells.apply(pd.to_numeric, errors="coerce")
    right = (numbers >= 0) & (numbers <= 1)
    between = (right & (numbers % 1 != 0)).any(axis="columns")
    if schema.prediction_kind == "marks" and (line := _first_line(between)) is not None:
        raise _wrong(path, line, "a value is neither 0 nor 1, which say whether an image is of a class")
    if (line := _first_line(~right.all(axis="columns"))) is not None:
        column = str(right.loc[line].idxmin())
        raise _wrong(path, line, _no_probability(column, str(cells.at[line, column])))
    rescaled = schema.prediction_kind == "probabilities" and not schema.several
    rescaled = rescaled and not schema.id_pattern and get_metric(schema.metric).rewards_calibration
    if rescaled and (line := _first_line((numbers == 0).all(axis="columns"))) is not None:
        raise _wrong(path, line, "every probability is 0, and Kaggle divides each row by its sum")


def _first_line(wrong: "pd.Series[bool]") -> int | None:
    """Return the line of the first row that is wrong; None where all are right."""
    return int(wrong.index[int(wrong.to_numpy().argmax())]) if wrong.any() else None


def _no_probability(column: str, value: str) -> str:
    if not value.strip():
        return f"{column} is empty"
    if value.strip().lower().lstrip("+-") in _NOT_FINITE:
        return f"{column} is {value!r}, which is not a finite number"
    if not is_number(value):
        return f"{column} is {_short(value)}, which is not a number; a probability is wanted"
    return f"{column} is {float(value)}, and a probability lies between 0 and 1"


def _no_class(column: str, value: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Return what is wrong with a value, and the hint that goes with it."""
    if not value.strip():
        return f"{column} is empty", _CORRECT
    meant = next((name for name in allowed if name.casefold() == value.strip().casefold()), None)
    if (index := match([value], allowed)[0]) is not None:
        meant = allowed[index]
    if meant is None and value.strip().lower().lstrip("+-") in _NOT_FINITE:
        return f"{column} is {value!r}, which is not a finite number", _CORRECT
    what = f"{column} is {_short(value)}, which is no class; the classes are {listed(allowed, 3)}"
    return what, f"Write it as {meant}, letter for letter. {_CORRECT}" if meant else _CORRECT


def _rows(path: Path, stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with its line number in the file."""
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
    columns = sample.in_file_order(sample.columns)
    if [*header] == columns:
        return
    pairs = zip(columns, header, strict=False)
    if len(header) == len(columns) > 2:
        wanted, found = next((repr(name), _short(other)) for name, other in pairs if name != other)
        what = f"the columns have {found} where {wanted} should be"
    else:
        what = f"the columns are {_short(','.join(header))} instead of {_short(','.join(columns))}"
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
