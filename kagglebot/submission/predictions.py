"""Predicted labels to a submission file in the sample's own form, and the check of any such file."""

import csv
import hashlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from kagglebot.datasets.sample import Sample, read_sample
from kagglebot.errors import SubmissionError
from kagglebot.files import atomic_write, disk_errors
from kagglebot.progress import Progress, silent

_SHOWN = 3  # examples of ids and classes in a message


def write_submission(path: Path, sample: Sample, labels_by_id: Mapping[str, str | int]) -> None:
    """Write one predicted class a row, in the columns and the order of the sample; whole or not at all.

    Args:
        path: The CSV to write; its folder is made.
        sample: sample_submission.csv's columns (id, target) and ids.
        labels_by_id: The predicted class of every id in the sample.

    Raises:
        SubmissionError: An id of the sample has no prediction.
        DataError: The disk refused.
    """
    missing = [row_id for row_id in sample.ids if row_id not in labels_by_id]
    if missing:
        raise SubmissionError(
            f"No prediction for {_count(len(missing), 'id')} of sample_submission.csv: {_some(missing)}.",
            "Run `kagglebot fetch`: the test rows and the sample file no longer belong together.",
        )
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(sample.columns)
        writer.writerows((row_id, labels_by_id[row_id]) for row_id in sample.ids)


def predict_once(data: Path, model: Path, *, reuse: bool, progress: Progress = silent) -> Path:
    """Write a model's predictions for the test set, beside the study's other submissions.

    Args:
        data: ``data/COMPETITION``.
        model: The kept model, in the study's ``models/``.
        reuse: Leave a file that is newer than the model as it is.
        progress: Told that predictions are made.

    Returns:
        The CSV.
    """
    path = model.parent.parent / "submissions" / f"{model.stem}.csv"
    if reuse and path.is_file() and path.stat().st_mtime >= model.stat().st_mtime:
        return path
    from kagglebot.datasets.dataset import load_dataset
    from kagglebot.training.final import model_rule, predict_test

    progress("predicting", 0, None)
    dataset = load_dataset(data, model_rule(model))
    classes = dataset.schema.classes
    labels = [classes[index] for index in predict_test(dataset, model).argmax(axis=1)]
    write_submission(path, read_sample(data), dict(zip(dataset.test_ids, labels, strict=True)))
    return path


def check_submission(path: Path, sample: Sample, classes: Collection[str | int]) -> int:
    """Make sure that Kaggle can score a file, before any of the day's allowance is spent on it.

    Args:
        path: The CSV to check.
        sample: sample_submission.csv's columns (id, target) and ids; a file may hold the ids in any order.
        classes: Every class a row may name.

    Returns:
        The number of predictions, which is the number of ids in the sample.

    Raises:
        SubmissionError: Another header or column count; an id that is missing, twice there or unknown; a value
            that is empty, not finite or no class. The message names the line, counted from 1 with the header.
        DataError: The file cannot be read.
    """
    with disk_errors(f"read {path}"), path.open(encoding="utf-8", newline="") as stream:
        rows = _rows(path, stream)
        _check_header(path, next(rows, (1, []))[1], sample)
        first_line: dict[str, int] = {}
        expected = set(sample.ids)
        allowed = {str(name) for name in classes}
        for line, row in rows:
            if len(row) != len(sample.columns):
                raise _wrong(path, line, f"{_count(len(row), 'value')} instead of {len(sample.columns)}")
            row_id = row[0]
            if row_id in first_line:
                raise _wrong(path, line, f"id {row_id!r} is there twice, first in line {first_line[row_id]}")
            if row_id not in expected:
                raise _wrong(path, line, f"id {row_id!r} is not in sample_submission.csv")
            _check_class(path, line, sample.columns[1], row[1], allowed)
            first_line[row_id] = line
    missing = [row_id for row_id in sample.ids if row_id not in first_line]
    if missing:
        raise SubmissionError(
            f"{path} has {_count(len(first_line), 'row')} instead of {len(sample.ids)}: "
            f"{_count(len(missing), 'id')} of sample_submission.csv missing, such as {_some(missing)}.",
            "Predict every row of the test set.",
        )
    return len(first_line)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal.

    Raises:
        DataError: The file cannot be read.
    """
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with its line number in the file."""
    reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        line = reader.line_num + 1
        raise SubmissionError(
            f"{path} is not a CSV file in UTF-8: line {line}: {error}.",
            "Save it as plain CSV, encoded in UTF-8.",
        ) from error


def _check_header(path: Path, header: Sequence[str], sample: Sample) -> None:
    if tuple(header) != tuple(sample.columns):
        raise SubmissionError(
            f"{path} starts with the columns {','.join(header)!r} instead of {','.join(sample.columns)!r}.",
            "Give it the header of sample_submission.csv, letter for letter, without a byte-order mark.",
        )


def _check_class(path: Path, line: int, column: str, value: str, allowed: Collection[str]) -> None:
    if value in allowed:
        return
    if not value.strip():
        raise _wrong(path, line, f"{column} is empty")
    known = sorted(allowed, key=lambda name: (len(name), name))
    try:
        finite = math.isfinite(float(value))
    except ValueError:
        finite = True
    if not finite:
        raise _wrong(path, line, f"{column} is {value!r}, which is not a finite number")
    raise _wrong(path, line, f"{column} is {value!r}, which is no class; the classes are {_some(known)}")


def _wrong(path: Path, line: int, what: str) -> SubmissionError:
    return SubmissionError(
        f"{path}, line {line}: {what}.", "Nothing was uploaded: correct the file and submit it again."
    )


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
