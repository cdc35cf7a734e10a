"""Image files, and the names by which tables and sample submissions refer to them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from kagglebot.datasets.csv.pixel_rows import read_header
from kagglebot.datasets.csv.table import HINT
from kagglebot.datasets.csv.text_columns import first_values, read_columns
from kagglebot.datasets.images.decode import IMAGE_SUFFIXES
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.errors import DataError

Side = Literal["train", "test"]

#: Patterns of the names of folders that hold training and test images.
SIDES: dict[Side, re.Pattern[str]] = {
    "train": re.compile(r"(?<![a-z])train"),
    "test": re.compile(r"(?<![a-z])test"),
}


def side_of(path: PurePosixPath) -> Side | None:
    """Return whether an image is for training or for the test, by the outermost folder whose name says so."""
    return _side_of(str(path.parent))


@lru_cache(maxsize=10_000)  # there are far fewer folders than images
def _side_of(folders: str) -> Side | None:
    for folder in folders.lower().split("/"):
        sides = [side for side, pattern in SIDES.items() if pattern.search(folder)]
        if len(sides) == 1:
            return sides[0]
    return None


class ImageIndex:
    """Finds the image of an id: the name of a file with or without its ending, or a path to it."""

    def __init__(self, images: Iterable[PurePosixPath]) -> None:
        self._by_stem: dict[str, list[PurePosixPath]] = defaultdict(list)
        for path in images:
            self._by_stem[path.stem].append(path)

    def find(self, name: str, side: Side) -> PurePosixPath | None:
        """Return the image of that name, None where there is none; raise DataError where several could be it."""
        named = PurePosixPath(name.strip())
        has_ending = named.suffix.lower() in IMAGE_SUFFIXES
        candidates = self._by_stem.get(named.stem if has_ending else named.name, [])
        # The same name is often in train/ and in test/, for two images.
        candidates = [path for path in candidates if side_of(path) in (side, None) and _agrees(path, named)]
        if len(candidates) > 1:
            candidates = [path for path in candidates if path.name == named.name] or candidates
            candidates = [path for path in candidates if side_of(path) == side] or candidates
        if len(candidates) > 1:
            raise DataError(
                f"Two files could be the image of id {name!r}: {candidates[0]} and {candidates[1]}.",
                "Ids must name one file each. If another column holds paths, name it with --id.",
            )
        return candidates[0] if candidates else None


def _agrees(path: PurePosixPath, named: PurePosixPath) -> bool:
    """Return whether two paths agree as far as both go, from the file's folder upwards."""
    pairs = zip(reversed(path.parts[:-1]), reversed(named.parts[:-1]), strict=False)
    return all(one == other for one, other in pairs if other not in ("..", "/"))


def share_of_images(values: Sequence[str], index: ImageIndex, side: Side) -> float:
    """Return the share of the values, from 0 to 1, that name an image."""
    return sum(_is_image(value, index, side) for value in values) / max(1, len(values))


def _is_image(value: str, index: ImageIndex, side: Side) -> bool:
    try:
        return bool(value) and index.find(value, side) is not None
    except DataError:  # it could be several
        return True


def find_test_images(files: CompetitionFiles, index: ImageIndex) -> tuple[PurePosixPath, ...]:
    """Return the image of each of the sample's ids, in its order; raise DataError if some have none."""
    ids = files.sample.ids
    paths = [index.find(name, "test") for name in ids]
    missing = [name for name, path in zip(ids, paths, strict=True) if path is None]
    if len(missing) == len(ids) and (names := _names_in_test_table(files, index)):
        paths = [index.find(names.get(name, ""), "test") for name in ids]
        missing = [name for name, path in zip(ids, paths, strict=True) if path is None]
    if missing:
        raise DataError(
            f"There is no test image for id {missing[0]!r} of sample_submission.csv; "
            f"{len(missing):,} of {len(ids):,} ids have none.",
            HINT,
        )
    return tuple(path for path in paths if path is not None)


def _names_in_test_table(files: CompetitionFiles, index: ImageIndex) -> dict[str, str]:
    """Return the file name of each id by test.csv, where one column has the ids and another the file names."""
    path = files.find("test.csv")
    if path is None:
        return {}
    header = read_header(path)
    first, known = first_values(path, header), set(files.sample.ids)
    ids = next((name for name in header if first[name] and known.issuperset(first[name])), "")
    others = (name for name in header if name != ids)
    names = next((name for name in others if share_of_images(first[name], index, "test") > 0.5), "")
    if not ids or not names:
        return {}
    return {row[0]: row[1] for row in read_columns(path, header, [ids, names]).values}


def left_out_note(images: Sequence[PurePosixPath], used: Iterable[PurePosixPath], reason: str) -> tuple[str, ...]:
    """Return a note on the images that are neither trained on nor predicted; none where all are used."""
    left = set(images).difference(used)
    if not left:
        return ()
    return (f"Left out: {len(left):,} of {len(images):,} images, such as {min(left)}: {reason}.",)


def training_images(files: CompetitionFiles) -> list[PurePosixPath]:
    """Return the training images where no table lists them: those in a folder called train, else all others."""
    sides = {path: side_of(path) for path in files.images}
    train = [path for path, side in sides.items() if side == "train"]
    others = [path for path, side in sides.items() if side is None]
    if train or "test" in sides.values():
        return train or others
    ids = set(files.sample.ids)
    return [path for path in others if path.name not in ids and path.stem not in ids]


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
    test = find_test_images(files, ImageIndex(path for path in files.images if path not in labels))
    return LayoutResult(
        images=ImageFiles(train, test),
        labels=np.array([labels[path] for path in train], dtype=np.str_),
        locate_label=lambda row: str(train[row]),
        test_rows=len(test),
        notes=left_out_note(files.images, (*train, *test), f"{no_label}, or no id of the sample names them"),
        labels_in_table=False,
    )
