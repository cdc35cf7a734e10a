"""Image files and the names that tables call them by."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from kagglebot.datasets.csv.pixel_rows import HINT, read_header
from kagglebot.datasets.csv.text_columns import first_values, read_columns
from kagglebot.datasets.images.decode import IMAGE_SUFFIXES
from kagglebot.datasets.layouts._base import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.errors import DataError

Side = Literal["train", "test"]

#: What the folders of images to train on and to test on are called.
SIDES: dict[Side, re.Pattern[str]] = {
    "train": re.compile(r"(?<![a-z])train"),
    "test": re.compile(r"(?<![a-z])test"),
}


def side_of(path: PurePosixPath) -> Side | None:
    """Say whether an image's folders call it one to train on or to test on; the outermost that does decides."""
    return _side_of(str(path.parent))


@lru_cache(maxsize=10_000)  # a corpus has far fewer folders than images
def _side_of(folders: str) -> Side | None:
    for folder in folders.lower().split("/"):
        found = [side for side, pattern in SIDES.items() if pattern.search(folder)]
        if len(found) == 1:
            return found[0]
    return None


class ImageIndex:
    """Finds the image that an id means: a file's name with or without its ending, or a path to it.

    Args:
        images: The image files.
    """

    def __init__(self, images: Iterable[PurePosixPath]) -> None:
        self._by_stem: dict[str, list[PurePosixPath]] = defaultdict(list)
        for path in images:
            self._by_stem[path.stem].append(path)

    def find(self, name: str, side: Side) -> PurePosixPath | None:
        """Give the image of that name, for training or for the test; None where there is none.

        Raises:
            DataError: Several files could be it.
        """
        asked = PurePosixPath(name.strip())
        ending = asked.suffix.lower() in IMAGE_SUFFIXES
        named = self._by_stem.get(asked.stem if ending else asked.name, ())
        # The same name often stands in train/ and in test/, for two images.
        found = [path for path in named if side_of(path) in (side, None) and _fits(path, asked)]
        if len(found) > 1:
            found = [path for path in found if path.name == asked.name] or found
            found = [path for path in found if side_of(path) == side] or found
        if len(found) > 1:
            raise DataError(
                f"Two files could be the image of id {name!r}: {found[0]} and {found[1]}.",
                "Ids must name one file each. If another column holds paths, name it with --id.",
            )
        return found[0] if found else None


def _fits(path: PurePosixPath, asked: PurePosixPath) -> bool:
    """Say whether two paths agree as far as both go, from the file's folder upwards."""
    pairs = zip(reversed(path.parts[:-1]), reversed(asked.parts[:-1]), strict=False)
    return all(one == other for one, other in pairs if other not in ("..", "/"))


def share_named(values: Sequence[str], index: ImageIndex, side: Side) -> float:
    """Say which share of these values mean an image."""
    return sum(_names_one(value, index, side) for value in values) / max(1, len(values))


def _names_one(value: str, index: ImageIndex, side: Side) -> bool:
    try:
        return bool(value) and index.find(value, side) is not None
    except DataError:  # more than one
        return True


def find_test_images(corpus: CompetitionFiles, index: ImageIndex) -> tuple[PurePosixPath, ...]:
    """Give the image of each of the sample's ids, in its order.

    Raises:
        DataError: Some have none; says how many, and names one.
    """
    ids = corpus.sample.ids
    found = [index.find(name, "test") for name in ids]
    missing = [name for name, path in zip(ids, found, strict=True) if path is None]
    if len(missing) == len(ids) and (names := _names_in_test_table(corpus, index)):
        found = [index.find(names.get(name, ""), "test") for name in ids]
        missing = [name for name, path in zip(ids, found, strict=True) if path is None]
    if missing:
        raise DataError(
            f"There is no test image for id {missing[0]!r} of sample_submission.csv; "
            f"{len(missing):,} of {len(ids):,} ids have none.",
            HINT,
        )
    return tuple(path for path in found if path is not None)


def _names_in_test_table(corpus: CompetitionFiles, index: ImageIndex) -> dict[str, str]:
    """Give what test.csv says each id's file is called, where one column has the ids and another the files."""
    path = corpus.find("test.csv")
    if path is None:
        return {}
    header = read_header(path)
    first, known = first_values(path, header), set(corpus.sample.ids)
    ids = next((name for name in header if first[name] and known.issuperset(first[name])), "")
    files = next((name for name in header if name != ids and share_named(first[name], index, "test") > 0.5), "")
    if not ids or not files:
        return {}
    return {row[0]: row[1] for row in read_columns(path, header, [ids, files]).values}


def unlabelled(images: Sequence[PurePosixPath], used: Iterable[PurePosixPath], reason: str) -> tuple[str, ...]:
    """Say how many images are neither trained on nor predicted."""
    left = set(images).difference(used)
    if not left:
        return ()
    return (f"Left out: {len(left):,} of {len(images):,} images, such as {min(left)}: {reason}.",)


def training_images(corpus: CompetitionFiles) -> list[PurePosixPath]:
    """Give the images to train on, where no table lists them: those in a folder so called, else all others."""
    sides = {path: side_of(path) for path in corpus.images}
    for wanted in ("train", None):
        found = [path for path, side in sides.items() if side == wanted]
        if found:
            break
    if "test" in sides.values() or wanted == "train":
        return found
    asked = set(corpus.sample.ids)
    return [path for path in found if path.name not in asked and path.stem not in asked]


def labelled_by_place(
    corpus: CompetitionFiles, labels: Mapping[PurePosixPath, str], no_label: str
) -> LayoutResult:
    """List training images whose label is in their path, with the sample's test images.

    Args:
        corpus: The competition's files.
        labels: Each training image's class; empty where it has none.
        no_label: Why some have none, for the note.

    Raises:
        DataError: A test image is missing, or the user named columns where there are none.
    """
    for option in {"target", "id"} & {option for option, value in corpus.choices.items() if value}:
        raise DataError(
            f"There is no column {corpus.choices[option]!r}: the classes are in the names of folders or files.",
            f'Take the choice back with --{option} "".',
        )
    train = tuple(path for path, label in labels.items() if label)
    test = find_test_images(corpus, ImageIndex(path for path in corpus.images if path not in labels))
    return LayoutResult(
        images=ImageFiles(train, test),
        labels=np.array([labels[path] for path in train], dtype=np.str_),
        where=lambda row: str(train[row]),
        test_ids=(),
        test_rows=len(test),
        where_test=lambda row: f"sample_submission.csv, row {row + 1}",
        notes=unlabelled(corpus.images, (*train, *test), f"{no_label}, or no id of the sample names them"),
        in_table=False,
    )
