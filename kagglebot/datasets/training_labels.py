"""The labels of the training rows, as classes or as sets of classes, and the submission that goes with them."""

import numpy as np

from kagglebot.datasets.fetch_request import FetchRequest
from kagglebot.datasets.label_sets import encode_label_sets, read_label_cells
from kagglebot.datasets.labels import Labels, encode_labels
from kagglebot.datasets.layouts import LayoutResult
from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.submission_format.infer import infer_format
from kagglebot.datasets.submission_format.record import SubmissionFormat


def read_labels(result: LayoutResult, sample: Sample, request: FetchRequest) -> tuple[Labels, SubmissionFormat]:
    """Return the labels of the training rows, and the format of a submission.

    Raises:
        DataError: They are out of scope, or do not go together.
    """
    labels, separator = _encode(result, sample)
    return labels, infer_format(sample, labels.classes, request, result.labels_in_table, separator)


def _encode(result: LayoutResult, sample: Sample) -> tuple[Labels, str | None]:
    """Return the labels of the rows, and what stands between those of one; None where each has one class."""
    sets, separator, in_table = result.labels, " ", result.labels_in_table
    if isinstance(sets, np.ndarray):
        cells = read_label_cells(sets, sample.classes) if in_table else None
        if cells is None:
            return encode_labels(sets, result.locate_label, sample.classes, in_table=in_table), None
        sets, separator = cells
    return encode_label_sets(sets, result.locate_label, sample.classes), separator
