"""What was learned about a competition when it was fetched, so that later commands never guess again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, get_args

from kagglebot.errors import DataError
from kagglebot.metrics.metric import Answer
from kagglebot.metrics.registry import known_metrics
from kagglebot.system.files import read_json, write_json

_NAME = "competition.json"


@dataclass(frozen=True)
class Schema:
    """One competition's data, kept as ``data/COMPETITION/competition.json``.

    Attributes:
        competition: Kaggle's short name, as in the competition's address.
        layout: Name of the form that the files have, such as ``pixel-columns``.
        metric: What a submission is scored by: a name in ``metrics.registry``.
        train_rows: Number of labelled images.
        test_rows: Number of images to predict.
        image_shape: (height, width, channels) in pixels.
        classes: The labels as train.csv writes them, sorted (or the numbers that a submission has for them); a
            label index points into this tuple.
        id_column: First column of sample_submission.csv, as written there.
        target_column: Second column of sample_submission.csv, as written there.
        digest: Key of the array cache, made from the content of the files.
        answer: What a submission holds.
        columns: All columns of sample_submission.csv after the id, as written there.
        column_classes: For "probability" the index of the class it is asked for, for "probabilities" that of each
            column's class; empty for "label".
        assumptions: What was ambiguous: what was assumed, and the option that says otherwise.
        choices: What the user said with ``fetch --target``, ``--id``, ``--metric`` and ``--skip-corrupt``: by the
            names ``target``, ``id``, ``metric`` and ``skip_corrupt``.
        skipped: Number of images that could not be read: left out of training, black in the test set.
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
    answer: Answer = "label"
    columns: tuple[str, ...] = ()
    column_classes: tuple[int, ...] = ()
    assumptions: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    skipped: int = 0

    def to_json(self) -> dict[str, object]:
        """Give the fields as plain JSON values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, value: Any) -> "Schema":
        """Read what ``to_json`` gave; keys of later versions are ignored.

        Raises:
            ValueError: A key is missing or holds something else than it should.
        """
        try:
            height, width, channels = value["image_shape"]
            schema = cls(
                **{key: _typed(value[key], str) for key in ("competition", "layout", "metric")},
                train_rows=_typed(value["train_rows"], int),
                test_rows=_typed(value["test_rows"], int),
                image_shape=(_typed(height, int), _typed(width, int), _typed(channels, int)),
                classes=tuple(_typed(name, str, int) for name in value["classes"]),
                **{key: _typed(value[key], str) for key in ("id_column", "target_column", "digest")},
                answer=value.get("answer", "label"),
                columns=tuple(_typed(name, str) for name in value.get("columns", [value["target_column"]])),
                column_classes=tuple(_typed(index, int) for index in value.get("column_classes", ())),
                assumptions=tuple(_typed(text, str) for text in value.get("assumptions", ())),
                choices={_typed(key, str): _typed(text, str) for key, text in value.get("choices", {}).items()},
                skipped=_typed(value.get("skipped", 0), int),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a competition's schema ({error})") from error
        if schema.metric not in known_metrics():
            raise ValueError(
                f"there is no metric {schema.metric!r} here (it may be that of a package that is not installed)"
            )
        if schema.answer not in get_args(Answer):
            raise ValueError(f"not a kind of answer: {schema.answer!r}")
        if any(not 0 <= index < len(schema.classes) for index in schema.column_classes):
            raise ValueError("a column stands for a class that there is not")
        if not schema.digest.isalnum():  # it names a folder
            raise ValueError(f"not a digest: {schema.digest!r}")
        return schema


def _typed(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise ValueError(f"{value!r} is not {' or '.join(kind.__name__ for kind in kinds)}")
    return value


def save_schema(folder: Path, schema: Schema) -> None:
    """Write ``folder/competition.json``; from then on its digest is the data that everybody reads."""
    write_json(folder / _NAME, schema.to_json())


def read_schema(folder: Path) -> Schema:
    """Read ``folder/competition.json``.

    Raises:
        DataError: Nothing was fetched into that folder, or the file is damaged.
    """
    hint = f"Run `kagglebot fetch {folder.name}`."
    path = folder / _NAME
    if not path.is_file():
        raise DataError(f"The data of {folder.name} is not here: there is no {path}.", hint)
    try:
        return Schema.from_json(read_json(path))
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}.", f"Delete it. {hint}") from error


@dataclass(frozen=True)
class FetchResult:
    """What ``fetch`` found; ``downloaded`` is False where Kaggle had nothing new."""

    schema: Schema
    downloaded: bool
    folder: Path
