"""Image files named by a table: train.csv ``id,target``, or trainLabels.csv and the like."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from kagglebot.datasets.labels.label_sets import LabelSets, plain_labels
from kagglebot.datasets.layouts.class_columns import (
    fewest_several,
    read_long_marks,
    read_marks,
    refuse_single_empty,
)
from kagglebot.datasets.layouts.image_files.image_index import ImageIndex, left_out_notes
from kagglebot.datasets.layouts.image_files.predicted_images import find_test_images
from kagglebot.datasets.layouts.label_table import (
    LabelTable,
    choose_columns,
    describe_other_tables,
    find_table,
    refuse_row_as_header,
)
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.spellings.names import lost_digits, other_spelling
from kagglebot.datasets.tables.table import HINT
from kagglebot.datasets.tables.text_columns import TextColumns, read_columns
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback


class NamedImages:
    """Image files, and a table with the label or the labels of each."""

    name = "named-images"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether there are images and a table whose first rows name some of them."""
        return bool(files.images) and find_table(files) is not None

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their labels; see ``Layout.read``."""
        index = files.index
        table_and_ids = find_table(files)
        if table_and_ids is None:
            raise DataError("No table names the images.", HINT)
        copies = describe_other_tables(table_and_ids[0], files)
        table = choose_columns(*table_and_ids, files)
        refuse_row_as_header(table, files)
        rows = read_columns(table.path, table.header, [table.ids, *table.targets])
        labels: LabelSets = [frozenset({row[1]}) for row in rows.values]
        asked, mark_notes = files.choices.get("labels"), tuple[str, ...]()
        long = files.sample.long
        if long and all(long.split(row[0]) for row in rows.values):
            rows, labels, mark_notes = read_long_marks(table.name, table.targets[0], long, rows)
            asked = "several"
        elif len(table.targets) > 1:
            labels, mark_notes = read_marks(table.name, table.targets, rows)
            if not asked:
                refuse_single_empty(table.name, table.targets, labels, rows.lines)
        ids = [row[0] for row in rows.values]
        paths = index.find(ids, "train")
        train, labels = _train_images(table, rows, paths, labels, index, asked=asked)
        unique = np.array(list(train), dtype=np.int64)  # without rows that repeat an image
        test = find_test_images(files, index, set(train.values()))
        notes = (*copies, *table.notes, *mark_notes, *index.note(ids, paths, table.name))
        images = ImageFiles(tuple(train.values()), tuple(test.values()))
        reason = f"{table.name} has no label for them"
        left = left_out_notes(files.images, (*images.train, *images.test), lambda _: reason)
        column = f", column {table.targets[0]}" if len(table.targets) == 1 else ""
        return LayoutResult(
            images=images,
            labels=plain_labels(labels),
            locate_label=lambda row: f"{table.name}, line {rows.lines[unique[row]]}{column}",
            test_rows=len(test),
            test_ids=tuple(test),
            notes=(*notes, *left),
        )


def _train_images(
    table: LabelTable,
    rows: TextColumns,
    paths: Sequence[PurePosixPath | None],
    labels: LabelSets,
    index: ImageIndex,
    *,
    asked: str | None,
) -> tuple[dict[int, PurePosixPath], LabelSets]:
    """Return the image of each row by its number, without rows that repeat an image, and the labels of each.

    ``asked`` is "several" where images may have several for sure.
    """
    name, lines, ids = table.name, rows.lines, [row[0] for row in rows.values]
    images: dict[int, PurePosixPath] = {}
    first: dict[PurePosixPath, int] = {}
    missing: list[int] = []
    sets: dict[PurePosixPath, frozenset[str]] = {}
    others: dict[PurePosixPath, int] = {}  # the first row with another label
    for row, path in enumerate(paths):
        if path is None:
            missing.append(row)
        elif path not in first:
            images[row], first[path] = path, row
        elif lost_digits(ids[row]):
            raise DataError(
                f"{name}, line {lines[row]}: {ids[row]!r}{lost_digits(ids[row])}, is in line "
                f"{lines[first[path]]} too.",
                HINT,
            )
        elif labels[row] != labels[first[path]]:
            others.setdefault(path, row)
        if path is not None:
            sets[path] = sets.get(path, frozenset()) | labels[row]
    if missing:
        if ids[missing[0]] == table.ids:
            raise DataError(f"{name}, line {lines[missing[0]]} repeats the header.", HINT)
        nearest = index.nearest(ids[missing[0]], "train")
        if nearest and (other := other_spelling(ids[missing[0]], ids)):
            nearest = f"{nearest}, that of {other!r} in line {lines[ids.index(other)]}"
        raise DataError(
            f"{name}, line {lines[missing[0]]}: there is no image of id {ids[missing[0]]!r}"
            f"{lost_digits(ids[missing[0]])}; "
            f"{len(missing):,} of {len(ids):,} ids have none{nearest and f', and the nearest name is {nearest}'}.",
            HINT,
        )
    if others and asked != "several" and (asked or len(others) < fewest_several(len(images))):
        path, row = next(iter(others.items()))
        (here, line), (there, before) = ((" ".join(labels[at]), lines[at]) for at in (row, first[path]))
        raise DataError(
            f"{name}, line {line}: {ids[row]!r} is {here!r} here and {there!r} in line {before}. "
            f"{len(others):,} of {len(images):,} images {'has' if len(others) == 1 else 'have'} rows of several "
            f"classes{'' if asked else ', so few that it is taken for a mistake'}.",
            "Correct or remove these rows; if an image may have several classes, add --labels several.",
        )
    return images, [sets[path] for path in images.values()]
