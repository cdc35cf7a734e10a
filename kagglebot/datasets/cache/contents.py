"""What was found in a competition's files, kept beside the arrays made from them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kagglebot.errors import DataError
from kagglebot.system.files import read_json, write_json

_NAME = "contents.json"


@dataclass(frozen=True)
class Contents:
    """All that a schema or another resize rule needs, so that the files need not be understood again.

    Attributes:
        layout: Name of the form that the files have.
        image_shape: (height, width, channels) of the arrays.
        classes: The labels as the training data writes them, in the order of the label indices.
        train_rows: Number of training images.
        test_rows: Number of test images.
        skipped: Number of images that could not be read.
        notes: What was ambiguous or left out, one sentence each.
        train_files: The training images' paths inside ``files/``, one a row; empty for pixels in a table.
        test_files: The test images' paths, likewise.
        in_table: Whether a table writes the labels; else they are names of folders or files.
        resized: Whether some images had another size than the arrays.
    """

    layout: str
    image_shape: tuple[int, int, int]
    classes: tuple[str | int, ...]
    train_rows: int
    test_rows: int
    skipped: int = 0
    notes: tuple[str, ...] = ()
    train_files: Sequence[str] = ()
    test_files: Sequence[str] = ()
    in_table: bool = True
    resized: bool = False


def save_contents(arrays: Path, contents: Contents) -> None:
    """Write them into the folder of the arrays."""
    write_json(arrays / _NAME, asdict(contents))


def read_contents(arrays: Path) -> Contents:
    """Read what ``save_contents`` wrote.

    Raises:
        DataError: The file is missing, damaged, or names files outside the folder of files.
    """
    path = arrays / _NAME
    value: Any = read_json(path)
    try:
        tuples = {name: tuple(value[name]) for name in ("image_shape", "classes", "notes")}
        contents = Contents(**{**value, **tuples})
        inside = all(_is_inside(name) for name in (*contents.train_files, *contents.test_files))
    except (AttributeError, KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if not inside:
        raise _damaged(path, "a file outside the competition's folder")
    return contents


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path} is damaged: {reason}.", "Run `kagglebot fetch` to decode the data again.")
