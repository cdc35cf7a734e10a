"""The record of a submission's format."""

from dataclasses import dataclass

from kagglebot.metrics.metric import PredictionKind
from kagglebot.metrics.registry import list_metrics

#: What helps where the sample submission and the classes do not go together.
HINT = (
    "If another column of the training data holds the classes, name it with --target; if the score is another, "
    "name it with --metric."
)

Classes = tuple[str | int, ...]
#: In place of a class's index: a column of a class that no training image has.
NO_CLASS = -1


@dataclass(frozen=True)
class SubmissionFormat:
    """The format of a submission, in fields that ``Schema`` explains."""

    prediction_kind: PredictionKind
    metric: str
    classes: Classes
    column_classes: tuple[int, ...] = ()
    format_notes: tuple[str, ...] = ()
    labels_a_row: int = 1
    label_separator: str = " "
    label_ends: tuple[str, str] = ("", "")


def assumption(metric: str, kaggle_metric: str, source: str) -> str:
    """Return the note that a metric is assumed, as it fits ``source``."""
    named = f"Kaggle calls the metric {kaggle_metric!r}" if kaggle_metric else "Kaggle names no metric"
    return f"{named}: {metric} is assumed, as it fits {source}; name another with --metric: {list_metrics()}."
