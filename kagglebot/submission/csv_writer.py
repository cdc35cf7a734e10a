"""Class probabilities written as a competition wants them: a class, one class's probability, or every class's."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import SubmissionError
from kagglebot.metrics.log_loss import EPSILON
from kagglebot.metrics.registry import get_metric
from kagglebot.system.files import atomic_write

_BLOCK_ROWS = 1024


def write_submission(
    path: Path, sample: Sample, schema: Schema, test_ids: Sequence[str], probabilities: NDArray[np.float32]
) -> None:
    """Write predictions in the columns and the order of the sample, whole or not at all.

    Numbers have nine digits, as many as tell any two float32 apart. Probabilities for log loss keep away from
    certainty by ``EPSILON``, and the rows of several columns sum to one.

    Args:
        path: The CSV to write; its folder is made.
        sample: sample_submission.csv's columns and ids.
        schema: Says what the columns hold.
        test_ids: (test_rows,) the id of each row of the probabilities.
        probabilities: (test_rows, classes).

    Raises:
        SubmissionError: An id of the sample has no prediction, or one that is not finite.
        DataError: The disk refused.
    """
    row_of = {row_id: row for row, row_id in enumerate(test_ids)}
    missing = [row_id for row_id in sample.ids if row_id not in row_of]
    if missing:
        raise SubmissionError(
            f"{len(missing):,} of the ids in sample_submission.csv have no prediction, such as {missing[0]}.",
            "Run `kagglebot fetch`: the test rows and the sample file no longer belong together.",
        )
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(sample.columns)
        for start in range(0, len(sample.ids), _BLOCK_ROWS):
            ids = sample.ids[start : start + _BLOCK_ROWS]
            block = probabilities[[row_of[row_id] for row_id in ids]]
            _check_finite(ids, block)
            writer.writerows((row_id, *cells) for row_id, cells in zip(ids, _cells(schema, block), strict=True))


def _check_finite(ids: Sequence[str], probabilities: NDArray[np.float32]) -> None:
    finite = np.isfinite(probabilities).all(axis=1)
    if not finite.all():
        raise SubmissionError(
            f"The model's probabilities for id {ids[int(finite.argmin())]} are not finite numbers.",
            "Its training diverged: submit another trial with --trial.",
        )


def _cells(schema: Schema, probabilities: NDArray[np.float32]) -> Iterator[list[str]]:
    """Give what stands after the id in each row."""
    if schema.answer == "label":
        return ([str(schema.classes[index])] for index in probabilities.argmax(axis=1))
    values = probabilities[:, list(schema.column_classes)].astype(np.float64)
    if get_metric(schema.metric).rewards_calibration:
        values = values.clip(EPSILON, 1 - EPSILON)
    if schema.answer == "probabilities":
        values /= values.sum(axis=1, keepdims=True)
    return ([f"{value:.9g}" for value in row] for row in values.tolist())
