"""Class probabilities written as a submission: one class, the best, the set of all, or numbers in columns."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.sample_submission.long_ids import LongIds
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.schema import Schema
from kagglebot.errors import SubmissionError
from kagglebot.metrics.adjustments.thresholds import NAMED, named
from kagglebot.metrics.log_loss import EPSILON
from kagglebot.metrics.registry import get_metric
from kagglebot.metrics.top_k import best_classes
from kagglebot.system.files.atomic_write import atomic_write

if TYPE_CHECKING:
    import pandas as pd


def write_submission(
    path: Path, sample: Sample, schema: Schema, test_ids: Sequence[str], probabilities: NDArray[np.float32]
) -> None:
    """Write predictions in the columns and the order of the sample, whole or not at all.

    Numbers have nine digits, so that different float32 stay different. For log loss, probabilities are clipped to
    ``EPSILON`` from 0 and 1. The probabilities of a row with several columns sum to one, unless an image may have
    several classes; a set names one at least, unless a training image is of no class.

    Args:
        path: The CSV to write; its folder is created.
        sample: The columns and ids of sample_submission.csv.
        schema: What the columns hold, and the classes.
        test_ids: ``(test_rows,)``, the id of each row of the probabilities.
        probabilities: ``(test_rows, classes)`` float32, adjusted to the metric.

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
    rows = [row_of[row_id] for row_id in sample.ids]
    finite = np.isfinite(probabilities[rows]).all(axis=1)
    if not finite.all():
        raise SubmissionError(
            f"The model's probabilities for id {sample.ids[int(finite.argmin())]} are not finite numbers.",
            "Its training diverged: submit another trial with --trial.",
        )
    frame = _columns(sample, schema, probabilities[rows]).iloc[:, int(sample.bare) :]
    if sample.long:
        frame = _a_row_a_class(sample, sample.long, frame)
    frame = frame.iloc[:, sample.in_file_order(range(frame.shape[1]))]
    header = not sample.bare and sample.in_file_order(sample.written.columns)
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        frame.to_csv(stream, header=header, index=False, float_format="%.9g", lineterminator="\n")


def _columns(sample: Sample, schema: Schema, probabilities: NDArray[np.float32]) -> "pd.DataFrame":
    """Return the ids, as text, and the values of each column, counted from 1."""
    import pandas as pd

    if schema.prediction_kind in ("label", "labels"):
        names = np.array([str(name) for name in schema.classes], dtype=object)
        best = names[best_classes(probabilities, schema.labels_a_row)]
        values = pd.DataFrame({1: [schema.cell(row) for row in best.tolist()]})
    elif schema.prediction_kind == "set":
        chosen = named(probabilities)
        if not schema.without_class:
            chosen[np.arange(len(chosen)), probabilities.argmax(axis=1)] = True
        names = np.array([str(name) for name in schema.classes], dtype=object)
        values = pd.DataFrame({1: [schema.cell(names[row].tolist()) for row in chosen]})
    else:
        never = np.zeros((len(probabilities), 1))  # column -1, of a class that no training image has
        numbers = np.hstack([probabilities.astype(np.float64), never])[:, list(schema.column_classes)]
        if get_metric(schema.metric).rewards_calibration:
            numbers = numbers.clip(EPSILON, 1 - EPSILON)
        if schema.prediction_kind == "probabilities" and not schema.several:
            numbers /= numbers.sum(axis=1, keepdims=True)
        if schema.prediction_kind == "marks":
            numbers = (numbers >= NAMED).astype(np.int64)
        values = pd.DataFrame(numbers, columns=range(1, len(sample.columns)))
    values.insert(0, 0, list(sample.ids))
    return values


def _a_row_a_class(sample: Sample, long: LongIds, frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the values of each image in rows of their own, in the order of the file's ids."""
    import pandas as pd

    names = [long.id_of(image, name) for image in sample.ids for name in sample.columns[1:]]
    values = pd.Series(frame.iloc[:, 1:].to_numpy().reshape(-1), index=names)
    return values.loc[[*sample.written.ids]].reset_index()
