"""Test images: those that the sample submission names, and those that it should name too."""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from kagglebot.datasets.layouts.image_files.image_index import (
    SIDES,
    ImageIndex,
    parts_below,
    share_of_images,
    side_of,
)
from kagglebot.datasets.layouts.image_files.several_images import (
    refuse_parts,
    refuse_repeated,
    refuse_rows_of_classes,
)
from kagglebot.datasets.layouts.layout import CompetitionFiles
from kagglebot.datasets.spellings.names import lost_digits, match_names, other_spelling
from kagglebot.datasets.spellings.values import canonical
from kagglebot.datasets.tables.pixel_rows import read_header
from kagglebot.datasets.tables.table import HINT
from kagglebot.datasets.tables.text_columns import first_values, read_columns
from kagglebot.errors import DataError

_DIGITS = re.compile("([0-9]+)")
#: The most rows of a sample that no test set has so few of.
_EXCERPT_ROWS = 10


def find_test_images(
    files: CompetitionFiles,
    index: ImageIndex,
    trained: Collection[PurePosixPath] = (),
    file_names: Mapping[str, str] | None = None,
) -> dict[str, PurePosixPath]:
    """Return the image of each id: of the sample's, in its order, and of those that the sample should list too.

    None of the images ``trained`` is one of the latter. ``file_names`` has the name of the file of each id, where
    something else than test.csv tells it.

    A sample without ids has the test images in the order of their numbers, or of test.csv.

    Raises:
        DataError: An id has no image, the sample lists a part of the test images and the others have no ids, or it
            has no ids and nothing shows the order of the test images.
    """
    if files.sample.bare:
        return _in_order(files, index, trained)
    listed = _ids_in_test_table(files)
    ids = listed or files.sample.ids
    names: Sequence[str] = _file_names(ids, file_names or {}) or ids
    if names is ids and not any(index.candidates(name, "test") for name in ids):
        names = _names_in_test_table(files, index, ids) or ids
    found = dict(zip(ids, index.find(names, "test"), strict=True))
    images = {name: path for name, path in found.items() if path is not None}
    if missing := [name for name in files.sample.ids if name not in images]:
        refuse_rows_of_classes(missing, index)
        refuse_parts(missing[0], [path for path in index.images if side_of(path) != "train"])
        nearest = index.nearest(missing[0], "test")
        if nearest and (other := other_spelling(missing[0], files.sample.ids)):
            nearest = f"{nearest}, that of {other!r}"
        raise DataError(
            f"There is no test image for id {missing[0]!r} of sample_submission.csv{lost_digits(missing[0])}; "
            f"{len(missing):,} of {len(files.sample.ids):,} ids have none"
            f"{nearest and f', and the nearest name is {nearest}'}.",
            HINT,
        )
    if listed or names is not ids:  # test.csv says which there are, unless it lists images of a later stage
        return images if len(images) == len(ids) else {name: images[name] for name in files.sample.ids}
    return images | _others_in_test_folder(index, images, trained)


def _in_order(
    files: CompetitionFiles, index: ImageIndex, trained: Collection[PurePosixPath]
) -> dict[str, PurePosixPath]:
    """Return the test image of each line of a sample without ids."""
    lines = files.sample.ids
    side = "test" if any(side_of(path) == "test" for path in index.images) else None
    tests = [path for path in index.images if side_of(path) == side and path not in trained]
    known = f"sample_submission.csv has {len(lines):,} lines without ids, and "
    if not tests:
        raise DataError(
            f"{known}all images are for training: nothing shows which are for the test.",
            "Put the test images in a folder called test, and read the files with --from.",
        )
    orders = {"the numbers of the images": _numbered(tests, index), **_listed_in_test_table(files, index, tests)}
    whole = {name: order for name, order in orders.items() if len(order) == len(lines) == len(tests)}
    first = next(iter(whole), "")
    if other := next((name for name, order in whole.items() if order != whole[first]), ""):
        raise DataError(
            f"{known}the order of the test images is not certain: {first} and {other} have two different orders.",
            "Look on the competition's data page which of the two counts, or for a sample with ids.",
        )
    if whole:
        return dict(zip(lines, whole[first], strict=True))
    raise DataError(
        f"{known}nothing shows which of the {len(tests):,} test images, such as {tests[0]}, each is for.",
        "Without ids the lines are in the order of the images' numbers, from 0 or 1 on, or of test.csv: look for "
        "a sample with ids on the competition's data page.",
    )


def _numbered(tests: Sequence[PurePosixPath], index: ImageIndex) -> list[PurePosixPath]:
    """Return test images by the numbers in their names, from 0 or 1 on; none where they have no such numbers.

    All else in their names is the same: ``img_7``, ``scan 7 (2)``.
    """
    names = [_DIGITS.split(index.stem(path.name)) for path in tests]
    if len({len(name) for name in names}) != 1:
        return []
    differing = [each for each in zip(*names, strict=True) if len({*each}) > 1]
    if len(differing) != 1 or not all(map(str.isdecimal, differing[0])):
        return []
    numbers = dict(zip(map(int, differing[0]), tests, strict=True))
    first = min(numbers)
    whole = first in (0, 1) and max(numbers) - first + 1 == len(numbers) == len(tests)
    return [numbers[number] for number in sorted(numbers)] if whole else []


def _listed_in_test_table(
    files: CompetitionFiles, index: ImageIndex, tests: Sequence[PurePosixPath]
) -> dict[str, list[PurePosixPath]]:
    """Return test images in the order of each column of test.csv that names all once."""
    path = files.find("test.csv")
    header = read_header(path) if path else ()
    first = first_values(path, header) if path else {}
    shares = {name: share_of_images(values, index, "test", respelled=True) for name, values in first.items()}
    columns = [name for name, share in shares.items() if share == 1]
    if path is None or not columns:
        return {}
    listed = dict(zip(columns, zip(*read_columns(path, header, columns).values, strict=True), strict=True))
    orders: dict[str, list[PurePosixPath]] = {}
    for column, names in listed.items():
        with suppress(DataError):  # what may be the name of several images names none
            found = index.find(names, "test")
            if {*found} == {*tests}:
                orders[f"{path.name}, column {column!r},"] = [image for image in found if image]
    return orders


def _file_names(ids: Sequence[str], file_names: Mapping[str, str]) -> list[str]:
    """Return the file name of each id; none where one has none."""
    known = [*file_names]
    positions = match_names(ids, known) if known else []
    return (
        []
        if None in positions
        else [file_names[known[position]] for position in positions if position is not None]
    )


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
    refuse_repeated(path.name, ids, [row[0] for row in rows])
    names = {position: row[1] for position, row in zip(positions, rows, strict=True)}
    return [names.get(position, "") for position in range(len(known))]
