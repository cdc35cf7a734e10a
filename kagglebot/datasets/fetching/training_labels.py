"""The labels of the training rows, as classes or as sets of classes, and the submission that goes with them."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.fetch_request import FetchRequest
from kagglebot.datasets.labels.encode import Labels, encode_labels
from kagglebot.datasets.labels.label_cells import CellStyle, LabelCells, read_label_cells
from kagglebot.datasets.labels.label_sets import LabelSets, encode_label_sets
from kagglebot.datasets.layouts import LayoutResult
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import match_spellings
from kagglebot.datasets.submission_format.infer import infer_format
from kagglebot.datasets.submission_format.record import SubmissionFormat
from kagglebot.errors import DataError
from kagglebot.system.listing import listed


def read_labels(result: LayoutResult, sample: Sample, request: FetchRequest) -> tuple[Labels, SubmissionFormat]:
    """Return the labels of the training rows, and the format of a submission.

    Raises:
        DataError: They are out of scope, or do not go together.
    """
    labels, style = _encode(result, sample, request)
    return labels, infer_format(sample, labels.classes, request, result.labels_in_table, style)


def _encode(result: LayoutResult, sample: Sample, request: FetchRequest) -> tuple[Labels, CellStyle | None]:
    """Return the labels of the rows, and how those of one are written; None where each has one class."""
    sets, style, note = result.labels, CellStyle(" "), ""
    if isinstance(sets, np.ndarray):
        cells, note = _choose_cells(sets, result, sample, request) if result.labels_in_table else (None, "")
        if cells is None:
            labels = encode_labels(sets, result.locate_label, sample.classes, in_table=result.labels_in_table)
            return labels._replace(notes=(*labels.notes, *filter(None, [note]))), None
        sets, style = cells.sets, cells.style
    sets, left_note = _asked_for(sets, sample)
    labels = encode_label_sets(sets, result.locate_label, sample.classes)
    return labels._replace(notes=(*labels.notes, *filter(None, [note, left_note]))), style


def _asked_for(sets: LabelSets, sample: Sample) -> tuple[LabelSets, str]:
    """Return the sets without labels that no column of the sample is for, such as "No finding", and a note."""
    labels = sorted(frozenset().union(*sets))
    found = match_spellings(labels, [column.strip() for column in sample.columns[1:]])
    others = {label for label, position in zip(labels, found, strict=True) if position is None}
    if len(sample.columns) < 3 or not others or 2 * len(others) > len(labels):
        return sets, ""
    note = f"The sample submission does not ask for {listed(sorted(others))}: not learned."
    return [each - others for each in sets], note


def _choose_cells(
    labels: NDArray[np.str_], result: LayoutResult, sample: Sample, request: FetchRequest
) -> tuple[LabelCells | None, str]:
    """Return the cells as sets, None where each holds one label, and a note where both could be.

    The user decides; else columns a class of the sample submission; else a metric that scores one class an image;
    else the cells.

    Raises:
        DataError: Cells hold several labels, says the user, and nothing in them divides these.
    """
    asked = request.several_labels
    columns = sample.columns[1:] if len(sample.columns) > 2 else ()
    cells = read_label_cells(labels, columns, asked=bool(asked))
    if asked is not None:
        if asked and cells is None:
            raise DataError(
                f"{result.locate_label(0)}: --labels is 'several', and nothing divides the labels of a cell, such "
                f"as {labels[0]}.",
                'Take the choice back with --labels "".',
            )
        return (cells if asked else None), ""
    if cells is None or not cells.example:
        return cells, ""
    by_metric = cells.likely and cells.unclear and request.scores_one_class
    if not cells.likely or by_metric:
        why = f"as {request.metric_name!r} scores one class an image, " * by_metric
        return None, (
            f"{cells.example!r} is read as one class, {why}although its parts are classes too; "
            f"--labels several reads each part as a class."
        )
    note = f"{cells.example!r} is read as several classes; --labels one reads each cell as one class."
    return cells, note * cells.unclear
