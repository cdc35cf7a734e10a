"""What a submission holds: told by the sample submission and, where it leaves that open, by the metric."""

from dataclasses import replace

from kagglebot.datasets.fetch_request import FetchRequest
from kagglebot.datasets.labels.label_cells import CellStyle
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.values import is_number, is_whole
from kagglebot.datasets.submission_format.columns import wide_format
from kagglebot.datasets.submission_format.label import label_format
from kagglebot.datasets.submission_format.label_lists import LabelLists, find_label_lists, list_format
from kagglebot.datasets.submission_format.label_sets import infer_set_format
from kagglebot.datasets.submission_format.probability import probability_format
from kagglebot.datasets.submission_format.record import Classes, SubmissionFormat, assumption
from kagglebot.metrics.registry import get_metric, nearest_metric, predicts_number
from kagglebot.metrics.top_k import USUAL_LABELS


def infer_format(
    sample: Sample, classes: Classes, request: FetchRequest, labels_in_table: bool, style: CellStyle | None
) -> SubmissionFormat:
    """Return the format of a submission; ``style`` is None where each image has one class."""
    if style is not None:
        return infer_set_format(sample, classes, request.metric(several=True), request.metric_name, style)
    return infer_submission_format(
        sample, classes, request.metric(several=False), request.metric_name, labels_in_table=labels_in_table
    )


def infer_submission_format(
    sample: Sample, classes: Classes, metric: str | None, kaggle_metric: str = "", *, labels_in_table: bool = True
) -> SubmissionFormat:
    """Return the format of a submission, from the sample submission and, where it leaves it open, the metric.

    Args:
        sample: The sample submission.
        classes: The classes as the training data writes them, sorted.
        metric: In kagglebot's words; None where Kaggle's name is not known: then the nearest name decides, or else
            the sample submission.
        kaggle_metric: Kaggle's name of it, for the note.
        labels_in_table: Whether a table holds the labels; else they are in the names of folders or files.

    Raises:
        DataError: The sample submission has columns that fit no class, or is of a regression.
    """
    fraction = next((value for value in sample.values if is_number(value) and not is_whole(value)), "")
    if fraction and predicts_number(kaggle_metric):
        raise OutOfScope(
            f"Kaggle calls the metric {kaggle_metric!r}, and sample_submission.csv holds numbers such as "
            f"{fraction} in {sample.target_column!r}: a regression, which is out of scope.",
            "Choose an image-classification competition.",
        )
    nearest = None if metric else nearest_metric(kaggle_metric)
    named, metric = metric, nearest.name if nearest else metric
    lists = find_label_lists(sample, classes, metric)
    metric, number_note = _with_number(metric, lists)
    if len(sample.columns) > 2:
        form = wide_format(sample, classes, metric or "log_loss")
    elif (metric and get_metric(metric).needs_probabilities) or (
        fraction and (metric is None or len(classes) == 2)
    ):
        form = probability_format(sample, classes, metric)
    elif lists or (metric and get_metric(metric).labels_a_row > 1):
        form = list_format(sample, classes, metric, lists, labels_in_table=labels_in_table)
    else:
        form = label_format(sample, classes, metric or "accuracy", labels_in_table=labels_in_table)
    if named is None:
        source = "its name" if nearest else "the sample submission"
        number_note = (assumption(form.metric, kaggle_metric, source),)
    return replace(form, format_notes=(*form.format_notes, *number_note))


def _with_number(metric: str | None, lists: LabelLists | None) -> tuple[str | None, tuple[str, ...]]:
    """Return a metric such as ``map@k`` with the number of labels in the sample, and a note if it is a guess."""
    measure = get_metric(metric) if metric else None
    if measure is None or measure.of_number is None or measure.labels_a_row:
        return metric, ()
    shown = lists is not None and lists.length > 1
    numbered = measure.of_number(lists.length if lists and shown else USUAL_LABELS)
    note = f"sample_submission.csv does not show how many labels a row may have: {numbered.text} is assumed; "
    return numbered.name, () if shown else (f"{note}name another with --metric.",)
