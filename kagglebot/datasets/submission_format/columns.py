"""A submission with a column of probabilities or marks for each class."""

from kagglebot.datasets.sample_submission.sample import Sample
from kagglebot.datasets.spellings.class_names import match_columns, other_names
from kagglebot.datasets.spellings.values import is_number
from kagglebot.datasets.submission_format.record import HINT, NO_CLASS, Classes, SubmissionFormat
from kagglebot.errors import DataError
from kagglebot.system.listing import listed


def wide_format(sample: Sample, classes: Classes, metric: str) -> SubmissionFormat:
    """Return the format of a column a class; one that matches no class is of a class without training images."""
    columns = [column.strip() for column in sample.columns[1:]]
    names = [str(name) for name in classes]
    tries = [match_columns(columns, each) for each in (names, *other_names(names))]
    positions = max(tries, key=lambda each: len(set(each) - {None}))
    never = [column for column, position in zip(columns, positions, strict=True) if position is None]
    missing = [str(name) for index, name in enumerate(classes) if index not in positions]
    text = next((value for value in sample.values if value and not is_number(value)), "")
    if missing or text or len(columns) - len(never) > len(classes):
        parts = [f"no class is called {listed(never)}"] * bool(never)
        each, many = ("row", "rows an image") if sample.long else ("column", "columns of values")
        parts += [f"no {each} is there for {listed(missing)}"] * bool(missing)
        parts += [f"{text!r} is no probability"] * bool(text)
        raise DataError(
            f"sample_submission.csv has {len(columns)} {many}, which are not the {len(classes)} "
            f"classes of the training data: {' and '.join(parts) or 'their names are alike'}.",
            HINT,
        )
    note = f"No training image is of {listed(never)}: never predicted, the lowest probability is written there."
    column_classes = tuple(NO_CLASS if position is None else position for position in positions)
    return SubmissionFormat("probabilities", metric, classes, column_classes, (note,) if never else ())
