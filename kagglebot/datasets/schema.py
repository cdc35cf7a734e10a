"""The record of a fetched competition, stored in ``data/COMPETITION/competition.json``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kagglebot.datasets import version_0_1
from kagglebot.datasets.image_checks.duplicates import Duplicates
from kagglebot.datasets.images.conversion import Conversion
from kagglebot.datasets.images.resize_rule import ImageRule, Size
from kagglebot.errors import DataError
from kagglebot.metrics.metric import PredictionKind
from kagglebot.metrics.registry import find_metric
from kagglebot.system.files.json_file import read_json, write_json

#: The version of competition.json. Version 1, of kagglebot 0.1, had no number and two more files beside it.
VERSION = 2
_NAME = "competition.json"


@dataclass(frozen=True)
class Schema:
    """Facts about a competition's data.

    Attributes:
        competition: Kaggle's short name, as in the competition's address.
        layout: Name of the layout that read the files, such as ``pixel-columns``.
        metric: Name of the metric, in ``metrics.registry``.
        train_rows: Number of labelled images.
        test_rows: Number of images to predict.
        image_shape: (height, width, channels) in pixels.
        classes: The classes as a submission writes them; a label index points into this tuple.
        id_column: The column of ids in sample_submission.csv, as written there; mostly the first.
        target_column: The first other column of sample_submission.csv, as written there.
        digest: Key of the array cache, made from the content of the files and the choices.
        prediction_kind: What a row of a submission holds: a "label", several "labels" best first, the "set" of an
            image's classes, the "probability" of one class, or of all "probabilities", or "marks" of 0 or 1.
        columns: All columns of sample_submission.csv after the id, as written there; what its ids call the
            classes where it has a row for each class of an image.
        column_classes: For "probability" the index of the class it is asked for, for "probabilities" and "marks"
            that of each column's class, -1 where no training image is of it; empty for the others.
        id_pattern: How the ids of a submission are made where it has a row for each class of an image:
            ``{image}_{class}``; empty where it has a row for each image.
        labels_a_row: How many labels a row of a submission holds.
        label_separator: What stands between two of them.
        label_ends: What stands before the first and after the last, where a cell is a list in brackets.
        several: Whether an image may have several classes: then labels are a matrix of 0 and 1.
        without_class: Whether some training image is of no class: then a set of a submission may be empty. False
            where an earlier version fetched them.
        choices: What the user chose with ``fetch --target``, ``--id``, ``--group``, ``--labels``, ``--metric``,
            ``--skip-corrupt`` and ``--files``: by the names ``target``, ``id``, ``group``, ``labels``, ``metric``,
            ``skip_corrupt`` and ``files``, a pattern a line.
        skipped: Number of images that could not be read: left out of training, black in the test set.
        training_classes: The classes as the training data writes them, in the order of ``classes``, which
            differ where a submission holds numbers in place of names.
        labels_in_table: Whether a table holds the labels; else they are in the names of folders or files.
        image_files: Whether the images are files of their own; else their pixels are in a table.
        resized: Whether some image files have another size than ``image_shape``.
        own_size: (height, width) of the image files, see ``Survey.own_size``; None where a table holds the pixels,
            and where an earlier version fetched them.
        conversion: How images were converted to 8 bits; None where a table holds pixels of 8 bits, and where
            kagglebot 0.1 converted image files, always as ``Conversion()`` does.
        data_notes: What was assumed about the images and labels, one sentence each.
        format_notes: What was assumed about the submission, one sentence each.
        group: The column, or the pattern of file names, that tells which training rows stay on one side of a
            split; empty where none does.
        groups: Number of the groups of training rows, which copies of an image form too; 0 where every row is a
            group of its own.
        duplicates: Images with the same pixels; None where an earlier version fetched them.
        archive: SHA-256 of the archive whose files are in ``files/``; empty while they are being replaced.
        edited: Some of the files that were edited by hand since then: "train.csv (changed)".
        content: Digest of those files, see ``digests.content_digest``.
        version: The version of the file this was read from.
    """

    competition: str
    layout: str
    metric: str
    train_rows: int
    test_rows: int
    image_shape: tuple[int, int, int]
    classes: tuple[str | int, ...]
    id_column: str
    target_column: str
    digest: str
    prediction_kind: PredictionKind = "label"
    columns: tuple[str, ...] = ()
    column_classes: tuple[int, ...] = ()
    id_pattern: str = ""
    labels_a_row: int = 1
    label_separator: str = " "
    label_ends: tuple[str, str] = ("", "")
    several: bool = False
    without_class: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0
    training_classes: tuple[str | int, ...] = ()
    labels_in_table: bool = True
    image_files: bool = False
    resized: bool = False
    own_size: Size | None = None
    conversion: Conversion | None = None
    data_notes: tuple[str, ...] = ()
    format_notes: tuple[str, ...] = ()
    group: str = ""
    groups: int = 0
    duplicates: Duplicates | None = None
    archive: str = field(default="", compare=False)  # packed anew, the data is the same
    edited: tuple[str, ...] = ()
    content: str = ""
    version: int = VERSION

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Sentences on what was assumed, each with the option that changes it."""
        edited = (
            f"Files were edited by hand after the download: {', '.join(self.edited)}. "
            f"`kagglebot fetch {self.competition} --force` brings Kaggle's own back.",
        )
        return (*(edited if self.edited else ()), *self.data_notes, *self.format_notes)

    def limited(self, rule: ImageRule) -> ImageRule:
        """Return the rule with the one size that these images have under it, if it only names the largest."""
        fetched = self.image_shape[:2]
        return rule.limited(fetched, self.own_size or (None if self.resized else fetched))

    def cell(self, labels: Sequence[str]) -> str:
        """Return labels as a cell of a submission has them; of none, the brackets alone."""
        start, end = self.label_ends
        if not labels:
            return start.rstrip("'\"") + end.lstrip("'\"")
        return f"{start}{self.label_separator.join(labels)}{end}"

    def to_json(self) -> dict[str, object]:
        """Return the fields as plain JSON values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Any) -> "Schema":
        """Read what ``to_json`` returned; unknown keys are ignored.

        Raises:
            ValueError: A key is missing or has a value of the wrong type.
        """
        try:
            early = {"columns": [value["target_column"]]}  # early files have none
            schema = _adapter().validate_json(json.dumps({**early, **value}), strict=True)
        except ValidationError as error:
            fault = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a competition's schema ({error})") from error
        if any(not -1 <= index < len(schema.classes) for index in schema.column_classes):
            raise ValueError("a column stands for a class that there is not")
        if not schema.digest.isalnum():  # it names a folder
            raise ValueError(f"not a digest: {schema.digest!r}")
        return schema


@cache  # it takes ten times as long to make as to use
def _adapter() -> TypeAdapter[Schema]:
    return TypeAdapter(Schema)


def save_schema(folder: Path, schema: Schema) -> None:
    """Write ``folder/competition.json``; from then on its digest is the data that everybody reads."""
    write_json(folder / _NAME, schema.to_json())


def read_schema(folder: Path) -> Schema:
    """Read ``folder/competition.json``, also of kagglebot 0.1.

    Raises:
        DataError: Nothing was fetched into that folder, the file is damaged or of a newer version, or its metric
            is one of a package that is not installed.
    """
    hint = f"Run: kagglebot fetch {folder.name}"
    path = folder / _NAME
    if not path.is_file():
        raise DataError(f"The data of {folder.name} is not here: there is no {path}.", hint)
    try:
        value = read_json(path)
        if isinstance(value, dict) and "version" not in value:
            value = version_0_1.upgrade(folder, value) | {"version": 1}
        schema = Schema.from_json(value)
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{path} is damaged: {error}.", f"Delete it. {hint}") from error
    if find_metric(schema.metric) is None:
        raise DataError(
            f"{path} needs the metric {schema.metric!r}, which neither kagglebot nor an installed package has.",
            f"Install the package that brings it, or run `kagglebot fetch {folder.name} --metric NAME`.",
        )
    if schema.version > VERSION:
        raise DataError(
            f"{path} was written by a newer kagglebot (version {schema.version} of the file, {VERSION} is known).",
            "Update kagglebot: pip install --upgrade kagglebot",
        )
    return schema


@dataclass(frozen=True)
class FetchResult:
    """Result of ``fetch``.

    Attributes:
        schema: The facts about the competition's data.
        downloaded: Whether files were downloaded; False if Kaggle had nothing new.
        folder: The folder of the data.
        source: The folder or zip file that was read instead of a download; None for a download.
    """

    schema: Schema
    downloaded: bool
    folder: Path
    source: Path | None = None
