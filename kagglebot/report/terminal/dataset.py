"""The data of a competition, as `fetch` reports it."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting
from kagglebot.report.widgets import facts
from kagglebot.system.listing import shorten

if TYPE_CHECKING:
    from kagglebot.datasets.schema import Schema

_SHOWN_CLASSES = 12


def describe_dataset(
    schema: "Schema", folder: Path, *, downloaded: bool, source: Path | None = None
) -> RenderableType:
    """Return the facts of a competition's data: rows, image size, classes, id and target columns."""
    height, width, channels = schema.image_shape
    patterns = schema.choices.get("files", "").splitlines()
    first = "Downloaded:" if downloaded else f"Read from {source}:" if source else "Nothing new on Kaggle:"
    return Group(
        Text.assemble(f"{first} ", (schema.competition, "bold"), f" is in {folder}"),
        facts(
            [
                *([("Files", f"only {', '.join(patterns)}, by --files")] if patterns and not source else []),
                ("Training rows", f"{schema.train_rows:,}"),
                ("Test rows", f"{schema.test_rows:,}"),
                ("Images", f"{height} x {width} pixels, {'grey' if channels == 1 else f'{channels} channels'}"),
                ("Classes", f"{len(schema.classes)}: {shorten(schema.classes, _SHOWN_CLASSES)}"),
                ("Id column", schema.id_column),
                ("Target column", schema.target_column),
                *([("Groups", f"{schema.groups:,}, by {schema.group}")] if schema.group else []),
                ("Metric", formatting.measure(get_metric(schema.metric))),
                ("Submission", _answer(schema)),
                *([("Unreadable", formatting.count(schema.skipped, "image"))] if schema.skipped else []),
            ]
        ),
    )


def _answer(schema: "Schema") -> str:
    """Return what the columns of a submission hold."""
    rows = ", a row each" if schema.id_pattern else ""
    start, end = schema.label_ends
    listed = f", between {start} and {end}" if start else ""
    if schema.prediction_kind == "label" or (schema.prediction_kind == "labels" and schema.labels_a_row == 1):
        return f"a class for each image{listed}"
    if schema.prediction_kind == "labels":
        return f"up to {schema.labels_a_row} classes for each image, best first{listed}"
    if schema.prediction_kind == "set":
        return f"the classes of each image, divided by {schema.label_separator!r}{listed}"
    if schema.prediction_kind == "marks":
        return f"0 or 1 for each of the {len(schema.classes)} classes{rows}"
    if schema.prediction_kind == "probability":
        return f"the probability of {schema.classes[schema.column_classes[0]]}"
    return f"a probability for each of the {len(schema.classes)} classes{rows}"
