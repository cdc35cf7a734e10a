"""The format of a submission where an image may have several classes: a set in a cell, or a column a class."""

from dataclasses import replace

from kagglebot.datasets.label_sets import find_separator, split_cell
from kagglebot.datasets.sample_submission import Sample
from kagglebot.datasets.submission_format.columns import wide_format
from kagglebot.datasets.submission_format.label import label_format
from kagglebot.datasets.submission_format.label_lists import refuse_divided
from kagglebot.datasets.submission_format.record import Classes, SubmissionFormat, assumption
from kagglebot.errors import DataError
from kagglebot.metrics.multilabel import MULTILABEL
from kagglebot.metrics.registry import get_metric, nearest_metric

_HINT = "If the score is another, name it with --metric."


def infer_set_format(
    sample: Sample, classes: Classes, metric: str | None, kaggle_metric: str, separator: str
) -> SubmissionFormat:
    """Return the format of a submission of sets, marks or probabilities; see ``infer_submission_format``.

    Args:
        sample: The sample submission.
        classes: The classes as the training data writes them, sorted.
        metric: In kagglebot's words; None where Kaggle's name is not known.
        kaggle_metric: Kaggle's name of it.
        separator: What stands between labels in the training data; taken where the sample shows nothing else.

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
        form = _set_format(sample, classes, metric, separator)
    if named is None:
        source = "its name" if nearest else "the sample submission"
        form = replace(form, format_notes=(*form.format_notes, assumption(metric, kaggle_metric, source)))
    return form


def _set_format(sample: Sample, classes: Classes, metric: str, separator: str) -> SubmissionFormat:
    """Return the format of sets, divided as the sample divides them, else as the training data does."""
    names = {str(name) for name in classes}
    shown = "" if names.issuperset(sample.values) else find_separator(sample.values)
    if any(value.startswith("[") for value in sample.values):
        raise DataError(
            f"sample_submission.csv holds lists in brackets in {sample.target_column!r}, such as "
            f"{sample.values[0]}, which kagglebot does not write.",
            "Choose a competition in which labels stand in a cell, or each in a column.",
        )
    separator = shown or separator
    labels = dict.fromkeys(label for value in sample.values for label in split_cell(value, separator))
    form = label_format(replace(sample, values=tuple(labels)), classes, metric, labels_in_table=True)
    refuse_divided(form.classes, separator)
    return replace(form, prediction_kind="set", labels_a_row=len(classes), label_separator=separator)
