"""Which column of a table is the label, and which the id."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.csv.pixel_rows import HINT, line_of_row
from kagglebot.datasets.layouts._base import CompetitionFiles
from kagglebot.errors import DataError

TARGETS = ("label", "target", "class")


def label_column(path: Path, others: Sequence[str], corpus: CompetitionFiles) -> str:
    """Choose the label: the column chosen, or named as in the sample or as usual, or the only one left.

    Args:
        path: The table.
        others: Its columns that hold no pixels.
        corpus: The competition's files.

    Raises:
        DataError: It cannot be told.
    """
    if chosen := corpus.chosen("target", path, others):
        return chosen
    names = {column.lower(): column for column in others}
    for wanted in (corpus.sample.target_column.strip().lower(), *TARGETS):
        if wanted in names:
            return names[wanted]
    identifier = corpus.sample.id_column.strip().lower()
    left = [column for column in others if column.lower() != identifier]
    if len(left) == 1:
        return left[0]
    found = ", ".join(left) if left else "none"
    raise DataError(
        f"{path.name}, line 1: no column is the label {corpus.sample.target_column!r} "
        f"(columns besides the pixels: {found}).",
        "Name the column that holds the classes with --target." if left else HINT,
    )


def id_column(
    path: Path, others: Sequence[str], texts: Sequence[NDArray[np.str_]], corpus: CompetitionFiles
) -> str:
    """Choose the id of a test table: the column chosen, or named as in the sample, or whose values are its ids.

    Args:
        path: The table.
        others: Its columns that hold no pixels.
        texts: (rows,) the values of each of them.
        corpus: The competition's files.

    Returns:
        Empty where there is none: then the rows are the sample's, in its order.

    Raises:
        DataError: There are several, and none holds the ids.
    """
    if chosen := corpus.chosen("id", path, others):
        return chosen
    identifier = corpus.sample.id_column.strip().lower()
    for column in others:
        if column.lower() == identifier:
            return column
    known = set(corpus.sample.ids)
    for column, values in zip(others, texts, strict=True):
        if known == set(values.tolist()):
            return column
    if len(others) > 1:
        raise DataError(
            f"{path.name}, line 1: none of the columns {', '.join(others)} holds the sample's ids.",
            HINT,
        )
    return others[0] if others else ""


def describe_location(path: Path, column: str, row: int) -> str:
    """Say where a row, counted from 0 below the header, stands in its file."""
    line = f"{path.name}, line {line_of_row(path, row)}"
    return f"{line}, column {column}" if column else line


def unused_tables(
    corpus: CompetitionFiles, used: Collection[Path], holds_images: Callable[[Path], bool]
) -> tuple[str, ...]:
    """Say which further tables hold images too: they are not trained on."""
    paths = [corpus.folder / path for path in corpus.tables]
    names = sorted(path.name for path in paths if path not in used and holds_images(path))
    return (f"More images are in {', '.join(names)}: they are left out, only train.csv is trained on.",) * bool(
        names
    )
