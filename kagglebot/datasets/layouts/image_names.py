"""Training and test images of layouts whose images are files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from kagglebot.datasets.csv.pixel_rows import read_header
from kagglebot.datasets.csv.table import HINT
from kagglebot.datasets.csv.text_columns import first_values, read_columns
from kagglebot.datasets.layouts.image_index import SIDES, ImageIndex, Side, side_of
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.names import match_names
from kagglebot.errors import DataError

_HELD_OUT = re.compile(r"(?<![a-z])(val|dev|eval|hold)")


def share_of_images(values: Sequence[str], index: ImageIndex, side: Side, *, respelled: bool) -> float:
    """Return the share of the values, from 0 to 1, that name an image, in other spellings if not in their own."""
    found = [bool(value and index.candidates(value, side, respelled=respelled)) for value in values]
    return sum(found) / max(1, len(found))


def find_test_images(files: CompetitionFiles, index: ImageIndex) -> tuple[PurePosixPath, ...]:
    """Return the image of each of the sample's ids, in its order; raise DataError if some have none."""
    ids = files.sample.ids
    names: Sequence[str] = ids
    if not any(index.candidates(name, "test") for name in ids):
        names = _names_in_test_table(files, index) or ids
    paths = index.find(names, "test")
    missing = [name for name, path in zip(ids, paths, strict=True) if path is None]
    if missing:
        nearest = index.nearest(missing[0])
        raise DataError(
            f"There is no test image for id {missing[0]!r} of sample_submission.csv; "
            f"{len(missing):,} of {len(ids):,} ids have none{nearest and f', and the nearest name is {nearest}'}.",
            HINT,
        )
    return tuple(path for path in paths if path is not None)


def _names_in_test_table(files: CompetitionFiles, index: ImageIndex) -> list[str]:
    """Return the file name of each id by test.csv, where one column has the ids and another the file names."""
    path = files.find("test.csv")
    if path is None:
        return []
    header, known = read_header(path), files.sample.ids
    first = first_values(path, header)
    ids = next((name for name in header if first[name] and None not in match_names(first[name], known)), "")
    others = [name for name in header if name != ids]
    shares = {
        (respelled, name): share_of_images(first[name], index, "test", respelled=respelled)
        for respelled in (False, True)
        for name in others
    }
    column = next((name for (_, name), share in shares.items() if share > 0.5), "")
    if not ids or not column:
        return []
    rows = read_columns(path, header, [ids, column]).values
    positions = match_names([row[0] for row in rows], known)
    names = {position: row[1] for position, row in zip(positions, rows, strict=True)}
    return [names.get(position, "") for position in range(len(known))]


def left_out_note(images: Sequence[PurePosixPath], used: Iterable[PurePosixPath], reason: str) -> tuple[str, ...]:
    """Return a note on the images that are neither trained on nor predicted; none where all are used."""
    left = set(images).difference(used)
    if not left:
        return ()
    return (f"Left out: {len(left):,} of {len(images):,} images, such as {min(left)}: {reason}.",)


def training_images(files: CompetitionFiles) -> dict[PurePosixPath, tuple[str, ...]]:
    """Return the training images where no table lists them, each with the parts of its path that can tell a class.

    They are those in a folder called train, and the parts those below it; else all that are not for the test.
    """
    sides = {path: side_of(path) for path in files.images}
    sides |= dict.fromkeys(_in_class_called_train(sides, files), None)
    train = [path for path, side in sides.items() if side == "train"]
    if train:
        return {path: _parts_below(path, SIDES["train"]) for path in train}
    others = [path for path, side in sides.items() if side is None]
    if "test" not in sides.values():
        index = ImageIndex(others)
        test = {path for name in files.sample.ids for path in _test_images(index, name)}
        others = [path for path in others if path not in test]
    return {path: path.parts for path in others}


def _test_images(index: ImageIndex, name: str) -> list[PurePosixPath]:
    return index.candidates(name, "test") or index.candidates(name, "test", respelled=True)


def _in_class_called_train(
    sides: Mapping[PurePosixPath, Side | None], files: CompetitionFiles
) -> list[PurePosixPath]:
    """Return the images of a class that is called train: its folder is beside those of other classes."""
    folders = {path.parent for path in sides}
    named = {*files.sample.values, *files.sample.columns[1:]}
    classes = set()
    for folder in (each for each in folders if side_of(each) is None and _side(each) == "train"):
        beside = [other for other in folders if other.parent == folder.parent and other != folder]
        others = [other for other in beside if not (_side(other) or _HELD_OUT.search(other.name.lower()))]
        split = any(_side(other) == "test" for other in beside) or any(
            folder in other.parents for other in folders
        )
        if not split and len(others) >= (1 if folder.name in named else 2):
            classes.add(folder)
    return [path for path in sides if path.parent in classes]


def _side(folder: PurePosixPath) -> Side | None:
    return side_of(folder / "image")


def _parts_below(path: PurePosixPath, folder: re.Pattern[str]) -> tuple[str, ...]:
    """Return the parts of a path below the outermost folder of such a name."""
    parts = path.parts
    start = next((level for level, part in enumerate(parts[:-1]) if folder.search(part.lower())), -1)
    return parts[start + 1 :]


def labelled_by_path(files: CompetitionFiles, labels: Mapping[PurePosixPath, str], no_label: str) -> LayoutResult:
    """List training images whose label is in their path, with the sample's test images.

    ``labels`` has the class of each training image, empty where it has none; ``no_label`` says why, for the note.
    """
    for option in {"target", "id"} & {option for option, value in files.choices.items() if value}:
        raise DataError(
            f"There is no column {files.choices[option]!r}: the classes are in the names of folders or files.",
            f'Take the choice back with --{option} "".',
        )
    train = tuple(path for path, label in labels.items() if label)
    index = ImageIndex(path for path in files.images if path not in labels)
    test = find_test_images(files, index)
    return LayoutResult(
        images=ImageFiles(train, test),
        labels=np.array([labels[path] for path in train], dtype=np.str_),
        locate_label=lambda row: str(train[row]),
        test_rows=len(test),
        notes=left_out_note(files.images, (*train, *test), f"{no_label}, or no id of the sample names them"),
        labels_in_table=False,
    )
