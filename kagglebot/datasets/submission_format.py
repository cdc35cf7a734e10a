"""The format of a submission: labels or probabilities, of which classes, in which columns."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kagglebot.datasets.sample_submission import Sample
from kagglebot.errors import DataError
from kagglebot.metrics.metric import PredictionKind
from kagglebot.metrics.registry import get_metric

_SHOWN = 5
_HINT = (
    "If another column of the training data holds the classes, name it with --target; if the score is another, "
    "name it with --metric."
)

Classes = tuple[str | int, ...]


@dataclass(frozen=True)
class SubmissionFormat:
    """The format of a submission, in fields that ``Schema`` explains."""

    prediction_kind: PredictionKind
    metric: str
    classes: Classes
    column_classes: tuple[int, ...] = ()
    format_notes: tuple[str, ...] = ()


def infer_submission_format(
    sample: Sample, classes: Classes, metric: str | None, kaggle_metric: str = "", *, labels_in_table: bool = True
) -> SubmissionFormat:
    """Return the format of a submission, from the sample submission and, where it leaves it open, the metric.

    Args:
        sample: The sample submission.
        classes: The classes as the training data writes them, sorted.
        metric: In kagglebot's words; None where Kaggle's name is not known: then the sample submission decides.
        kaggle_metric: Kaggle's name of it, for the note.
        labels_in_table: Whether a table holds the labels; else they are in the names of folders or files.

    Raises:
        DataError: The sample submission has columns that fit no class, or is of a regression.
    """
    columns = sample.columns[1:]
    fractions = _has_fractions(sample)
    if len(columns) > 1:
        form = SubmissionFormat("probabilities", metric or "log_loss", classes, _match_columns(columns, classes))
    elif (metric and get_metric(metric).needs_probabilities) or (
        fractions and (metric is None or len(classes) == 2)
    ):
        form = _probability_format(sample, classes, metric)
    else:
        form = _label_format(sample, classes, metric or "accuracy", labels_in_table=labels_in_table)
    if metric is not None:
        return form
    named = f"Kaggle calls the metric {kaggle_metric!r}" if kaggle_metric else "Kaggle names no metric"
    note = f"{named}: {form.metric} is assumed, as it fits the sample submission; name another with --metric."
    return replace(form, format_notes=(*form.format_notes, note))


def _has_fractions(sample: Sample) -> bool:
    numbers = [number for value in sample.values if (number := _number(value)) is not None]
    return any(not number.is_integer() for number in numbers)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _match_columns(columns: Sequence[str], classes: Classes) -> tuple[int, ...]:
    """Return the index of the class of each column: of its name, perhaps after a prefix that all columns share."""
    for spelled in (str, _plain):
        index = {spelled(str(name)): number for number, name in enumerate(classes)}
        names = [spelled(column.strip()) for column in columns]
        for prefix in ("", *(names[0][: -len(name)] for name in index if names[0].endswith(name) and name)):
            matches = [index.get(name[len(prefix) :], -1) for name in names if name.startswith(prefix)]
            if sorted(matches) == list(range(len(classes))):
                return tuple(matches)
    known = {_plain(str(name)) for name in classes}
    unknown = [column for column in columns if _plain(column) not in known]
    asked = {_plain(column) for column in columns}
    missing = [str(name) for name in classes if _plain(str(name)) not in asked]
    parts = [f"no class is called {_some(unknown)}"] * bool(unknown)
    parts += [f"no column is there for {_some(missing)}"] * bool(missing)
    raise DataError(
        f"sample_submission.csv has {len(columns)} columns of values, which are not the {len(classes)} classes of "
        f"the training data: {' and '.join(parts) or 'their names are alike'}.",
        _HINT,
    )


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _probability_format(sample: Sample, classes: Classes, metric: str | None) -> SubmissionFormat:
    number = next((value for value in sample.values if not 0 <= (_number(value) or 0) <= 1), None)
    if number is not None:
        raise DataError(
            f"sample_submission.csv holds numbers such as {number} in {sample.target_column!r}: a regression, "
            f"which is out of scope.",
            _HINT,
        )
    if len(classes) != 2:
        raise DataError(
            f"sample_submission.csv has one column of probabilities ({sample.target_column!r}), and there are "
            f"{len(classes)} classes; scored by {metric or 'probabilities'}, one column can answer for two only.",
            _HINT,
        )
    metric = metric or "auc"
    if classes == (0, 1):
        return SubmissionFormat("probability", metric, classes, (1,))
    words = {_plain(word) for word in re.split(r"[^A-Za-z0-9]+", sample.target_column)}
    words.add(_plain(sample.target_column))
    named = [index for index, name in enumerate(classes) if _plain(str(name)) in words]
    if len(named) == 1:
        return SubmissionFormat("probability", metric, classes, tuple(named))
    note = (
        f"{sample.target_column.strip()!r} is taken for the probability of {classes[1]!r}, the last of the two "
        f"classes {classes[0]!r} and {classes[1]!r}; another column of classes is named with --target."
    )
    return SubmissionFormat("probability", metric, classes, (1,), (note,))


def _label_format(sample: Sample, classes: Classes, metric: str, *, labels_in_table: bool) -> SubmissionFormat:
    """Return the format of labels: as the training data writes them, or numbers where the sample has numbers."""
    numbers = tuple(range(len(classes)))
    values = set(sample.values)
    numbered = values <= {str(number) for number in numbers} and not values & {str(name) for name in classes}
    # A single value ("0" in every row) may be a placeholder, unless it numbers one of two kinds of files.
    meant = len(values) > 1 or (len(classes) == 2 and not labels_in_table)
    if values and numbered and meant and isinstance(classes[0], str):
        shown = _some([f"{number} for {name}" for number, name in enumerate(classes)])
        note = (
            f"sample_submission.csv holds numbers where the training data has names: {shown} is assumed. "
            f"If that is wrong, name a column that holds the numbers with --target."
        )
        return SubmissionFormat("label", metric, numbers, (), (note,))
    return SubmissionFormat("label", metric, classes)
