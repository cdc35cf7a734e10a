"""Rows that several images belong to, pairs or a folder of a patient, and images that several rows belong to."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from kagglebot.datasets.layouts.image_files.image_index import ImageIndex, Side
from kagglebot.datasets.out_of_scope import OutOfScope
from kagglebot.datasets.spellings.names import plain_name
from kagglebot.datasets.spellings.values import is_number
from kagglebot.errors import DataError

_HINT = (
    "kagglebot gives each image one class. Where one of them decides it, name its column with --id; else choose "
    "a competition with one image a row."
)
_ROWS_HINT = (
    "kagglebot writes a row for each image, with its class, or all of them in a cell, or a column for each, or a "
    "row for each class of every image: choose a competition with such a sample submission."
)
#: So many ids are looked at.
_LOOKED = 200
_MASK = re.compile("mask|segment|annotat", re.IGNORECASE)


def refuse_pairs(file: str, ids: str, columns: Mapping[str, Sequence[str]], index: ImageIndex) -> None:
    """Raise OutOfScope where another column than ``ids`` names images too, and others.

    ``columns`` has the first values of each column. A column of numbers may name images by chance, and masks
    belong to images that are shown whole.
    """
    for name, values in columns.items():
        if name != ids and not _MASK.search(name) and not all(is_number(value) for value in values if value):
            found = [_first(value, index) for value in values]
            named = [(one, _first(first, index)) for one, first in zip(found, columns[ids], strict=True) if one]
            if 2 * len(named) > len(values) and all(one != other for one, other in named):
                raise OutOfScope(
                    f"{file} names several images a row, in the columns {ids!r} and {name!r}: {named[0][1]} and "
                    f"{named[0][0]} belong together, which is out of scope.",
                    _HINT,
                )


def refuse_folders(
    tables: Iterable[tuple[str, Mapping[str, Sequence[str]]]],
    images: Sequence[PurePosixPath],
    targets: Sequence[str],
) -> None:
    """Raise OutOfScope where the rows of a table name folders of several images, as those of a patient.

    Args:
        tables: The file of each table and the first values of its columns.
        images: The image files.
        targets: Columns that hold classes, whose folders are of a class.
    """
    folders: dict[str, PurePosixPath] = {}
    for path in images:
        for folder in path.parents:
            folders.setdefault(plain_name(folder.name), folder)
    for file, columns in tables:
        for name, values in columns.items():
            distinct = {plain_name(value) for value in values if value}
            named = [folders[value] for value in distinct if value in folders]
            if name in targets or len(named) < 2 or 2 * len(named) < len(distinct) or len(distinct) < len(values):
                continue
            folder = min(named)
            count = sum(folder in path.parents for path in images)
            if count > 1:
                raise OutOfScope(
                    f"{file} names folders of several images in its column {name!r}: {folder} holds {count:,}, "
                    f"and they belong together, which is out of scope.",
                    _HINT,
                )


def refuse_repeated(file: str, column: str, ids: Sequence[str]) -> None:
    """Raise OutOfScope where ids of the sample submission have several rows, each an image, in ``file``."""
    repeated, count = Counter(ids).most_common(1)[0]
    if count > 1:
        raise OutOfScope(
            f"{file} has {count} images of {column} {repeated!r}, and the sample submission one row: "
            f"several images belong together, which is out of scope.",
            _HINT,
        )


def refuse_parts(name: str, images: Sequence[PurePosixPath]) -> None:
    """Raise DataError where an image is several files, as ``ID_red.png`` and ``ID_green.png`` are."""
    starts = tuple(f"{name}{sign}" for sign in "_-.")
    parts = sorted(str(path) for path in images if name and path.stem.startswith(starts))
    if len(parts) > 1:
        raise DataError(
            f"Each image is several files, such as {', '.join(parts[:4])}, which are not joined: only grey files "
            f"for red, green and blue are, where all images have them.",
            "Choose a competition whose images are a file each.",
        )


def refuse_rows_of_classes(ids: Sequence[str], index: ImageIndex) -> None:
    """Raise OutOfScope where images have several rows in the sample, as ``ID_rust``, and not the same of each."""
    rows: dict[PurePosixPath, list[str]] = {}
    for name in ids[:_LOOKED]:
        starts = (name[: mark.start()] for mark in re.finditer("[-_ ]", name))
        image = next(filter(None, (_first(start, index, "test") for start in starts)), None)
        if image is None or _first(name, index, "test"):
            return
        rows.setdefault(image, []).append(name)
    image, names = max(rows.items(), key=lambda each: len(each[1]), default=(PurePosixPath(), []))
    if len(names) > 1:
        raise OutOfScope(
            f"sample_submission.csv has several rows for {image}, such as {names[0]!r} and {names[1]!r}, and not "
            f"the same for every image, which is out of scope.",
            _ROWS_HINT,
        )


def _first(name: str, index: ImageIndex, side: Side = "train") -> PurePosixPath | None:
    return next(iter(index.candidates(name, side)), None) if name else None
