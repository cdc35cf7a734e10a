"""The true labels of a competition, of which an image may have several."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from kagglebot.practice.scoring.metrics import find_metric
from kagglebot.system.files.disk_errors import disk_errors

_BAR = "|"  # between the labels of an image where a file has a column for each


def read_labels(path: Path) -> dict[str, str]:
    """Return the true label of each id from a CSV file (id, label), or all where it has columns of 0 and 1."""
    with disk_errors(f"read {path}"):
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    header, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(header) > 2 and all(len(row) == len(header) and {*row[1:]} <= {"0", "1"} for row in rows):
        pairs = ((row[0], zip(header[1:], row[1:], strict=True)) for row in rows)
        return {row_id: _BAR.join(name for name, mark in marks if mark == "1") for row_id, marks in pairs}
    return {row[0]: row[1] for row in rows if len(row) > 1}


def divide(labels: Mapping[str, str], columns: Sequence[str], metric: str | None) -> tuple[Mapping[str, str], str]:
    """Return the true labels, and what stands between those of an image; empty where each has one.

    Args:
        labels: The cell of each id.
        columns: The columns of a submission after the id.
        metric: Kaggle's name of the metric; None where it is not known.
    """
    import numpy as np

    from kagglebot.datasets.labels.label_cells import read_label_cells

    known = find_metric(metric or "")
    if not labels or (known and known.ranked):
        return labels, ""
    if any(_BAR in cell or (not cell and len(columns) > 1) for cell in labels.values()):
        return labels, _BAR
    found = read_label_cells(np.array([*labels.values()], dtype=np.str_), columns)
    if found is None or not found.likely:
        return labels, ""
    sets, separator = zip(labels, found.sets, strict=True), found.style.separator.strip("'\"")
    return {row_id: separator.join(sorted(each)) for row_id, each in sets}, separator


def split_labels(cell: str, separator: str) -> frozenset[str]:
    """Return the labels in a cell; spaces beside the separator do not count. Without one, it holds one label."""
    from kagglebot.datasets.labels.label_cells import in_brackets, split_list

    if not separator:
        return frozenset({cell})
    if in_brackets(cell):
        return frozenset(split_list(cell))
    return frozenset(label.strip() for label in cell.split(separator.strip() or None)) - {""}
