"""Image files whose classes are in JSON, as that of COCO: lists of images, of annotations and of categories."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.labels.label_cells import find_separators, split_cell
from kagglebot.datasets.labels.label_sets import LabelSets, plain_labels
from kagglebot.datasets.layouts.extra_columns import ignored_note
from kagglebot.datasets.layouts.image_files.image_index import left_out_notes
from kagglebot.datasets.layouts.image_files.predicted_images import find_test_images
from kagglebot.datasets.layouts.layout import CompetitionFiles, ImageFiles, LayoutResult
from kagglebot.datasets.out_of_scope import refuse_places
from kagglebot.datasets.tables.json_text import read_lists
from kagglebot.datasets.tables.pixel_rows import LONGEST_TEXT
from kagglebot.datasets.tables.table import HINT
from kagglebot.errors import DataError
from kagglebot.system.progress import ProgressCallback

_IMAGE, _FILE, _CLASS = "image_id", "file_name", "category_id"
#: Keys that hold the name of a file, in lists of images; only the first two do in a list of any kind.
_FILES = (_FILE, "filename", "name", "path")
#: Of images with annotations of several categories so few are left out, or one: they are mistakes.
_FEW = 0.02
#: So much is kept of a list, as an example.
_SHOWN = 200


@dataclass
class _Annotated:
    """The content of a JSON file.

    Attributes:
        files: The name of each image's file, by the image's id.
        classes: The categories of each image, by its id, in the order of their annotations.
        columns: What else is told of each image or its first annotation, by its name and by the image's id.
        names: The name of each category, by its id.
        nested: Of what is told in lists or objects, such as boxes, the start of one, by its name.
    """

    files: dict[str, str] = field(default_factory=dict)
    classes: dict[str, dict[str, None]] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    names: dict[str, str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Row:
    """An annotated image: its file of JSON, its id there, and the content of that file."""

    path: PurePosixPath
    image: str
    content: _Annotated

    @property
    def file(self) -> str:
        """The name of its file; the id where no list of images has it."""
        return self.content.files.get(self.image, self.image)

    @property
    def classes(self) -> tuple[str, ...]:
        """The different categories of its annotations."""
        return (*self.content.classes[self.image],)

    @property
    def location(self) -> str:
        """Where it is, for messages."""
        return f"{self.path.name}, image {self.image}"


class Annotations:
    """Image files, and a JSON file that lists them with the annotations of each."""

    name = "annotations"

    def recognises(self, files: CompetitionFiles) -> bool:
        """Return whether there are images and a JSON file with an annotation of an image's category."""
        return bool(files.images) and any(_is_labelled(files.folder / path) for path in _json_files(files))

    def read(self, files: CompetitionFiles, target: Path, on_progress: ProgressCallback) -> LayoutResult:
        """List the images with their categories; see ``Layout.read``."""
        if files.choices.get("id", "").strip():
            raise DataError(
                f"There is no column for --id: JSON names the images by {_FILE!r}.",
                'Take the choice back with --id "".',
            )
        asked = files.sample.target_column
        refuse_places("sample_submission.csv", [asked], {asked: files.sample.values})
        key = files.choices.get("target", "").strip() or _CLASS
        contents = {path: _read(files.folder / path, key) for path in _json_files(files)}
        labelled = {path: content for path, content in contents.items() if content.classes}
        if not labelled:
            raise DataError(f"No annotation has {key!r} for --target.", 'Take the choice back with --target "".')
        rows = [
            _Row(path, image, content)
            for path, content in labelled.items()
            for image in content.classes
            if image in content.files or not content.files
        ]
        unknown = sum(len(content.classes) for content in labelled.values()) - len(rows)
        if not rows:
            raise DataError(f"No list of images has any of the {unknown:,} images that are annotated.", HINT)
        single = [row for row in rows if len(row.classes) == 1]
        few = bool(single) and len(rows) - len(single) <= max(1, _FEW * len(rows))
        train = _find(single if few else rows, files)
        others = (content for path, content in contents.items() if path not in labelled)
        names = {image: name for content in others for image, name in content.files.items()}
        test = find_test_images(files, files.index, set(train), names)
        kept = [*train.values()]
        columns = _columns(kept)
        nested = {name: [example] for content in labelled.values() for name, example in content.nested.items()}
        reason = "they have no annotation" + ", or several of different classes" * few
        left = left_out_notes(files.images, (*train, *test.values()), lambda _: reason)
        if unknown:
            left = (*left, f"Left out: annotations of {unknown:,} images that no list of images has.")
        return LayoutResult(
            images=ImageFiles(tuple(train), tuple(test.values())),
            labels=_labels(kept, files),
            locate_label=lambda row: f"{kept[row].location}, {key}",
            test_rows=len(test),
            test_ids=tuple(test),
            notes=(*ignored_note(kept[0].path.name, nested | columns), *left),
            columns=columns,
        )


def _json_files(files: CompetitionFiles) -> list[PurePosixPath]:
    return [path for path in files.visible if path.suffix.lower() == ".json"]


def _is_labelled(path: Path) -> bool:
    """Return whether a file has an annotation of an image; False where it cannot be read as far as that."""
    try:
        return any(
            isinstance(item, dict) and item.keys() >= {_IMAGE, _CLASS}
            for name, item in read_lists(path)
            if name == "annotations"
        )
    except (ValueError, RecursionError):
        return False


def _read(path: Path, label: str) -> _Annotated:
    """Return the content of a JSON file; nothing where it lists no images.

    Raises:
        DataError: It is damaged.
    """
    content = _Annotated()
    try:
        for name, item in read_lists(path):
            if not isinstance(item, dict):
                continue
            key = _text(item.get(_IMAGE, item.get("id")))
            keys = {"images": _FILES, "": _FILES[:2]}.get(name, ())
            if file := next((each for each in keys if item.get(each)), ""):
                content.files[key] = str(item[file])
                _add_columns(content, key, item, {file, _IMAGE, "id"})
            elif name == "annotations" and _IMAGE in item and label in item:
                several = item[label] if isinstance(item[label], list) else [item[label]]
                content.classes.setdefault(key, {}).update(dict.fromkeys(map(_text, several)))
                _add_columns(content, key, item, {_IMAGE, label, "id"})
            elif name == "categories" and "name" in item:
                content.names[_text(item.get("id"))] = _text(item["name"])
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: {error}.", HINT) from error
    return content


def _add_columns(content: _Annotated, image: str, item: Mapping[str, Any], but: set[str]) -> None:
    for name, value in item.items():
        if name in but:
            continue
        if isinstance(value, (list, dict)):
            if value and name not in content.nested:
                content.nested[name] = str(value if isinstance(value, list) else {})[:_SHOWN]
        else:
            content.columns[name].setdefault(image, _text(value))


def _text(value: Any) -> str:
    """Return a value as a table writes it; empty where a table would not hold it."""
    text = "" if value is None or isinstance(value, (dict, list)) else str(value)
    return text if len(text) <= LONGEST_TEXT else ""


def _find(rows: Sequence[_Row], files: CompetitionFiles) -> dict[PurePosixPath, _Row]:
    """Return the annotated image of each row by its file.

    Raises:
        DataError: There is no file of an image.
    """
    found = files.index.find([row.file for row in rows], "train")
    missing = [row for row, path in zip(rows, found, strict=True) if path is None]
    if missing and not missing[0].content.files:
        raise DataError(
            f"{missing[0].location}: there is no file {missing[0].file!r}, and no list of images names files.",
            f'Of JSON, kagglebot reads "images" with "id" and "{_FILE}", and "annotations" with "{_IMAGE}" and '
            f'"{_CLASS}".',
        )
    if missing:
        raise DataError(
            f"{missing[0].location}: there is no file {missing[0].file!r}; {len(missing):,} of {len(rows):,} "
            f"images have none.",
            HINT,
        )
    return {path: row for path, row in zip(found, rows, strict=True) if path}


def _labels(rows: Sequence[_Row], files: CompetitionFiles) -> NDArray[np.str_] | LabelSets:
    """Return the categories of each image: their names where the sample submission has names, else their ids."""
    contents = {row.path: row.content for row in rows}.values()
    names = {name: text for content in contents for name, text in content.names.items()}
    known = {label for row in rows for label in row.classes}
    cells = {value for value in files.sample.classes if value}
    separator = next(iter(find_separators(cells)), " ")
    parts = {label for cell in cells for label in split_cell(cell, separator)}
    named = any(each and not each & known and each <= {*names.values()} for each in (cells, parts))
    called = names if named else {}
    sets = {each: frozenset(called.get(label, label) for label in each) for each in {row.classes for row in rows}}
    return plain_labels([sets[row.classes] for row in rows])


def _columns(rows: Sequence[_Row]) -> dict[str, list[str]]:
    """Return what else is told of each image, where it is told of any."""
    contents = {row.path: row.content for row in rows}.values()
    names = dict.fromkeys(name for content in contents for name in content.columns)
    columns = {name: [row.content.columns[name].get(row.image, "") for row in rows] for name in names}
    return {name: values for name, values in columns.items() if any(values)}
