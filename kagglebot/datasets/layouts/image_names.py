"""Training and test images of layouts whose images are files."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from unicodedata import normalize

import numpy as np

from kagglebot.datasets.csv.pixel_rows import read_header
from kagglebot.datasets.csv.table import HINT
from kagglebot.datasets.csv.text_columns import first_values, read_columns
from kagglebot.datasets.layouts.image_index import SIDES, ImageIndex, Side, side_of
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.names import SPELLINGS, match_names
from kagglebot.datasets.values import canonical
from kagglebot.errors import DataError

#: The most rows of a sample that no test set has so few of.
_EXCERPT_ROWS = 10
#: Pattern of the names of folders that hold labelled images beside those of training.
HELD_OUT = re.compile(r"(?<![a-z])(val(id(ation)?)?|dev|eval(uation)?|hold[ _-]?out)(?![a-z])")


def share_of_images(values: Sequence[str], index: ImageIndex, side: Side, *, respelled: bool) -> float:
    """Return the share of the values, from 0 to 1, that name an image, in other spellings if not in their own."""
    spellings = SPELLINGS[1:] if respelled else SPELLINGS[:1]
    found = [value and any(index.candidates(value, side, spell) for spell in spellings) for value in values]
    return sum(map(bool, found)) / max(1, len(found))


def find_test_images(
    files: CompetitionFiles, index: ImageIndex, trained: Collection[PurePosixPath] = ()
) -> dict[str, PurePosixPath]:
    """Return the image of each id: of the sample's, in its order, and of those that the sample should list too.

    None of the images ``trained`` is one of the latter.

    Raises:
        DataError: An id has no image, or the sample lists a part of the test images and the others have no ids.
    """
    listed = _ids_in_test_table(files)
    ids = listed or files.sample.ids
    names: Sequence[str] = ids
    if not any(index.candidates(name, "test") for name in ids):
        names = _names_in_test_table(files, index, ids) or ids
    found = dict(zip(ids, index.find(names, "test"), strict=True))
    images = {name: path for name, path in found.items() if path is not None}
    if missing := [name for name in files.sample.ids if name not in images]:
        nearest = index.nearest(missing[0], "test")
        raise DataError(
            f"There is no test image for id {missing[0]!r} of sample_submission.csv; "
            f"{len(missing):,} of {len(files.sample.ids):,} ids have none"
            f"{nearest and f', and the nearest name is {nearest}'}.",
            HINT,
        )
    if listed or names is not ids:  # test.csv says which there are, unless it lists images of a later stage
        return images if len(images) == len(ids) else {name: images[name] for name in files.sample.ids}
    return images | _others_in_test_folder(index, images, trained)


def _ids_in_test_table(files: CompetitionFiles) -> Sequence[str]:
    """Return the sample's ids, and after them those that only test.csv lists, in a column of the same name.

    There are none where it does not list all of the sample's.
    """
    path = files.find("test.csv")
    header = read_header(path) if path else ()
    column = next((name for name in header if name.lower() == files.sample.id_column.strip().lower()), "")
    listed: list[str] = []
    if path and column:
        with suppress(DataError):  # it may be damaged where only the sample is needed
            listed = [row[0] for row in read_columns(path, header, [column]).values]
    positions = set(match_names(files.sample.ids, listed))
    others = dict.fromkeys(name for row, name in enumerate(listed) if row not in positions)
    return () if None in positions else [*files.sample.ids, *others]


def _others_in_test_folder(
    index: ImageIndex, images: Mapping[str, PurePosixPath], trained: Collection[PurePosixPath]
) -> dict[str, PurePosixPath]:
    """Return the other images in the folder of the test images by their ids, where these are fewer than half.

    Then the sample shows how to write ids, and does not list them all. In a folder that does not say test, other
    images may be for nothing, so there it must list too few for a test set.
    """
    taken = {*images.values(), *trained}
    sides = ("test", None) if len(images) <= _EXCERPT_ROWS else ("test",)
    others = [path for path in index.images if side_of(path) in sides and path not in taken]
    if len(others) > len(images):
        folders = {_test_folder(path) for path in images.values()}
        others = [path for path in others if _test_folder(path) in folders]
    if len(others) <= len(images):
        return {}
    for depth in range(1, 1 + min(len(path.parts) for path in others)):
        for spell in (str, index.stem, lambda name: canonical(index.stem(name))):
            spelled = {
                path: "/".join([*path.parts[-depth:-1], spell(path.name)]) for path in (*images.values(), *others)
            }
            same = all(spelled[path] == name for name, path in images.items())
            if same and len(set(spelled.values())) == len(spelled):
                return {spelled[path]: path for path in others}
    count = f"{len(images):,} of {len(images) + len(others):,} test images"
    raise DataError(
        f"sample_submission.csv lists {count}, and its ids do not show what the others are called, such as "
        f"{others[0]}.",
        "Kaggle takes a row for every test image: look for a whole sample on the competition's data page.",
    )


def _test_folder(path: PurePosixPath) -> tuple[str, ...]:
    """Return the parts of the outermost folder of test images that an image is in, or else those of its own."""
    below = parts_below(path, SIDES["test"]) if side_of(path) == "test" else path.parts[-1:]
    return path.parts[: -len(below)]


def _names_in_test_table(files: CompetitionFiles, index: ImageIndex, known: Sequence[str]) -> list[str]:
    """Return the file name of each known id by test.csv, where a column has the ids and another the file names."""
    path = files.find("test.csv")
    if path is None:
        return []
    header = read_header(path)
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


def left_out_notes(
    images: Sequence[PurePosixPath], used: Iterable[PurePosixPath], reason: Callable[[PurePosixPath], str]
) -> tuple[str, ...]:
    """Return a note for each reason why images are neither trained on nor predicted; none where all are used."""
    left = defaultdict(list)
    for path in sorted(set(images).difference(used)):
        left["no id of the sample names them" if side_of(path) == "test" else reason(path)].append(path)
    return tuple(
        f"Left out: {len(paths):,} of {len(images):,} images, such as {paths[0]}: {why}."
        for why, paths in left.items()
    )


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
            for name in files.sample.ids
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


def parts_below(path: PurePosixPath, folder: re.Pattern[str]) -> tuple[str, ...]:
    """Return the parts of a path below the outermost folder of such a name."""
    parts = path.parts
    start = next((level for level, part in enumerate(parts[:-1]) if folder.search(part.lower())), -1)
    return parts[start + 1 :]


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
