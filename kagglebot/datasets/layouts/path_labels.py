"""Training images whose class is in their path: in the name of a folder or of the file."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from unicodedata import normalize

import numpy as np

from kagglebot.datasets.layouts.image_files.image_index import (
    SIDES,
    ImageIndex,
    Side,
    left_out_notes,
    parts_below,
    side_of,
)
from kagglebot.datasets.layouts.image_files.predicted_images import find_test_images
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.spellings.names import SPELLINGS
from kagglebot.errors import DataError

#: Pattern of the names of folders that hold labelled images beside those of training.
HELD_OUT = re.compile(r"(?<![a-z])(val(id(ation)?)?|dev|eval(uation)?|hold[ _-]?out)(?![a-z])")


def training_images(files: CompetitionFiles) -> dict[PurePosixPath, tuple[str, ...]]:
    """Return the training images where no table lists them, each with the parts of its path that can tell a class.

    They are those in a folder called train, and the parts those below it; else all that are not for the test.
    """
    sides = {path: side_of(path) for path in files.images}
    sides |= dict.fromkeys(_in_class_called_so(sides, files), None)
    train = [path for path, side in sides.items() if side == "train"]
    if train:
        return {path: parts_below(path, SIDES["train"]) for path in train}
    others = [path for path, side in sides.items() if side is None]
    if "test" not in sides.values():
        index = ImageIndex(others)
        test = {
            path
            for name in (() if files.sample.bare else files.sample.ids)
            for path in next(filter(None, (index.candidates(name, "test", spell) for spell in SPELLINGS)), [])
        }
        others = [path for path in others if path not in test]
    return {path: path.parts for path in others}


def _in_class_called_so(
    sides: Mapping[PurePosixPath, Side | None], files: CompetitionFiles
) -> list[PurePosixPath]:
    """Return the images of a class that is called train or test: its folder is beside those of other classes."""
    folders = {path.parent for path in sides}
    named = {*files.sample.values, *files.sample.columns[1:]}
    classes = set()
    for folder in (each for each in folders if side_of(each) is None and _side(each)):
        beside = [other for other in folders if other.parent == folder.parent and other != folder]
        others = [other for other in beside if not (_side(other) or HELD_OUT.search(other.name.lower()))]
        has_folders = any(folder in other.parents for other in folders)
        has_sides = len({_side(other) for other in beside} - {None, _side(folder)}) > 0
        enough = 1 if folder.name in named else 2 if _side(folder) == "train" else len(folders)
        if not has_folders and not has_sides and len(others) >= enough:
            classes.add(folder)
    return [path for path in sides if path.parent in classes]


def _side(folder: PurePosixPath) -> Side | None:
    return side_of(folder / "image")


def labelled_by_path(
    files: CompetitionFiles, labels: Mapping[PurePosixPath, str], no_label: str, notes: Sequence[str] = ()
) -> LayoutResult:
    """List training images whose label is in their path, with the sample's test images.

    ``labels`` has the class of each training image, empty where it has none; ``no_label`` says why, for the note.
    """
    for option in {"target", "id"} & {option for option, value in files.choices.items() if value}:
        raise DataError(
            f"There is no column {files.choices[option]!r}: the classes are in the names of folders or files.",
            f'Take the choice back with --{option} "".',
        )
    train = tuple(path for path, label in labels.items() if label)
    test = find_test_images(files, ImageIndex(path for path in files.images if path not in labels))
    outside = "they are outside of the folder of training images, and no id of the sample names them"
    left = left_out_notes(
        files.images, (*train, *test.values()), lambda path: no_label if path in labels else outside
    )
    return LayoutResult(
        images=ImageFiles(train, tuple(test.values())),
        labels=np.array([normalize("NFC", labels[path]) for path in train], dtype=np.str_),
        locate_label=lambda row: str(train[row]),
        test_rows=len(test),
        test_ids=tuple(test),
        notes=(*notes, *left),
        labels_in_table=False,
    )
