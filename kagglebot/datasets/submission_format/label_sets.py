"""The format of a submission where an image may have several classes: a set in a cell, or a column a class."""

from collections.abc import Sequence
from dataclasses import replace

from kagglebot.datasets.labels.label_cells import (
    CellStyle,
    find_separators,
    in_brackets,
    list_style,
    split_cell,
    split_list,
)
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import match_spellings
from kagglebot.datasets.submission_format.columns import wide_format
from kagglebot.datasets.submission_format.label import label_format
from kagglebot.datasets.submission_format.label_lists import refuse_divided
from kagglebot.datasets.submission_format.record import Classes, SubmissionFormat, assumption
from kagglebot.errors import DataError
from kagglebot.metrics.multilabel import MULTILABEL
from kagglebot.metrics.registry import get_metric, nearest_metric

_HINT = "If the score is another, name it with --metric."


def infer_set_format(
    sample: Sample, classes: Classes, metric: str | None, kaggle_metric: str, style: CellStyle
) -> SubmissionFormat:
    """Return the format of a submission of sets, marks or probabilities; see ``infer_submission_format``.

    Args:
        sample: The sample submission.
        classes: The classes as the training data writes them, sorted.
        metric: In kagglebot's words; None where Kaggle's name is not known.
        kaggle_metric: Kaggle's name of it.
        style: How labels are written in the training data; taken where the sample shows nothing else.

    Raises:
        DataError: The sample submission fits neither the classes nor the metric.
    """
    nearest = None if metric else nearest_metric(kaggle_metric, several=True)
    named, metric = metric, nearest.name if nearest else metric
    wide = len(sample.columns) > 2
    metric = metric or (f"{MULTILABEL}log_loss" if wide else "sample_f1")
    measure = get_metric(metric)
    if wide:
        form = wide_format(sample, classes, metric)
        form = form if measure.needs_probabilities else replace(form, prediction_kind="marks")
    elif measure.needs_probabilities:
        raise DataError(
            f"{measure.text} needs a probability for each class, and sample_submission.csv has one column, "
            f"{sample.target_column!r}.",
            _HINT,
        )
    else:
        form = _set_format(sample, classes, metric, style)
    if named is None:
        source = "its name" if nearest else "the sample submission"
        form = replace(form, format_notes=(*form.format_notes, assumption(metric, kaggle_metric, source)))
    return form


def _set_format(sample: Sample, classes: Classes, metric: str, style: CellStyle) -> SubmissionFormat:
    """Return the format of sets, written as the sample writes them, else as the training data does."""
    values, shown = [value for value in sample.values if value], style
    cells = list[list[str]]()
    if values and all(map(in_brackets, values)):
        shown = next(filter(None, map(list_style, values)), style)
        cells = [split_list(value) for value in values]
    elif values:
        usual = style.separator.strip("'\"")
        shown = CellStyle(_find_separator(values, [str(name) for name in classes], usual))
        cells = [split_cell(value, shown.separator) for value in values]
    labels = tuple(dict.fromkeys(label for cell in cells for label in cell))
    form = label_format(replace(sample, values=labels), classes, metric, labels_in_table=True)
    refuse_divided(form.classes, shown.separator)
    return replace(
        form,
        prediction_kind="set",
        labels_a_row=len(classes),
        label_separator=shown.separator,
        label_ends=(shown.start, shown.end),
    )


def _find_separator(values: Sequence[str], names: Sequence[str], usual: str) -> str:
    """Return what divides the values into most classes, as it is written there; ``usual`` where nothing does."""
    if set(values).issubset(names):
        return usual
    separators = [*find_separators(values), usual]
    counts = []
    for separator in separators:
        labels = [*dict.fromkeys(label for value in values for label in split_cell(value, separator))]
        counts.append(len(labels) - match_spellings(labels, names).count(None))
    return separators[counts.index(max(counts))] if any(counts) else usual
