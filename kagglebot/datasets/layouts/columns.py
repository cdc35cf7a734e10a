"""The label and id columns of a table with pixels."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.csv.pixel_rows import HINT, line_of_row
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.errors import DataError

TARGETS = ("label", "target", "class")


def label_column(path: Path, others: Sequence[str], files: CompetitionFiles) -> str:
    """Return the label column: the user's choice, one of the sample's or a usual name, or the only one left.

    Args:
        path: The table.
        others: Its columns that hold no pixels.
        files: The competition's files.

    Raises:
        DataError: It cannot be told which it is.
    """
    if chosen := files.chosen_column("target", path, others):
        return chosen
    names = {column.lower(): column for column in others}
    for name in (files.sample.target_column.strip().lower(), *TARGETS):
        if name in names:
            return names[name]
    identifier = files.sample.id_column.strip().lower()
    left = [column for column in others if column.lower() != identifier]
    if len(left) == 1:
        return left[0]
    shown = ", ".join(left) if left else "none"
    raise DataError(
        f"{path.name}, line 1: no column is the label {files.sample.target_column!r} "
        f"(columns besides the pixels: {shown}).",
        "Name the column that holds the classes with --target." if left else HINT,
    )


def id_column(
    path: Path, others: Sequence[str], texts: Sequence[NDArray[np.str_]], files: CompetitionFiles
) -> str:
    """Return the id column of a test table: the user's choice, one of the sample's name, or with the sample's ids.

    Args:
        path: The table.
        others: Its columns that hold no pixels.
        texts: (rows,) the values of each of them.
        files: The competition's files.

    Returns:
        The name; empty where there is none: then the rows are the sample's, in its order.

    Raises:
        DataError: There are several, and none holds the ids.
    """
    if chosen := files.chosen_column("id", path, others):
        return chosen
    identifier = files.sample.id_column.strip().lower()
    for column in others:
        if column.lower() == identifier:
            return column
    known = set(files.sample.ids)
    for column, values in zip(others, texts, strict=True):
        if known == set(values.tolist()):
            return column
    if len(others) > 1:
        raise DataError(
            f"{path.name}, line 1: none of the columns {', '.join(others)} holds the sample's ids.", HINT
        )
    return others[0] if others else ""


def describe_location(path: Path, column: str, row: int) -> str:
    """Return where a row, counted from 0 below the header, is in its file: "train.csv, line 7, column label"."""
    line = f"{path.name}, line {line_of_row(path, row)}"
    return f"{line}, column {column}" if column else line


def unused_tables_note(
    files: CompetitionFiles, used: Collection[Path], holds_images: Callable[[Path], bool]
) -> tuple[str, ...]:
    """Return a note on further tables that hold images too; none where there are none."""
    paths = [files.folder / path for path in files.tables]
    names = sorted(path.name for path in paths if path not in used and holds_images(path))
    if not names:
        return ()
    return (f"More images are in {', '.join(names)}: they are left out, only train.csv is trained on.",)
