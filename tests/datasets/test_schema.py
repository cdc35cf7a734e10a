import json
from dataclasses import replace
from pathlib import Path

import pytest

from kagglebot.datasets.schema import VERSION, Schema, read_schema, save_schema
from kagglebot.errors import DataError

SCHEMA = Schema(
    competition="digits",
    layout="pixel-columns",
    metric="accuracy",
    train_rows=6,
    test_rows=4,
    image_shape=(2, 2, 1),
    classes=("cat", "dog"),
    id_column="ImageId",
    target_column="Label",
    digest="abc123",
    columns=("Label",),
)


def test_is_read_as_it_was_kept(tmp_path: Path) -> None:
    save_schema(tmp_path, SCHEMA)
    assert read_schema(tmp_path) == SCHEMA
    assert json.loads((tmp_path / "competition.json").read_text())["classes"] == ["cat", "dog"]


def test_keys_of_later_versions_are_ignored() -> None:
    assert Schema.from_json(SCHEMA.to_json() | {"resize": 32}) == SCHEMA


def test_a_file_of_an_earlier_version_asks_for_labels() -> None:
    early = SCHEMA.to_json()
    for key in ("prediction_kind", "columns", "column_classes", "format_notes", "choices", "skipped"):
        del early[key]
    assert Schema.from_json(early) == SCHEMA


def test_probabilities_and_choices_are_kept(tmp_path: Path) -> None:
    wide = replace(
        SCHEMA,
        metric="log_loss",
        prediction_kind="probabilities",
        columns=("dog", "cat"),
        column_classes=(1, 0),
        format_notes=("The metric is taken for log loss; name another with --metric.",),
        choices={"metric": "log_loss"},
        skipped=2,
    )
    save_schema(tmp_path, wide)
    assert read_schema(tmp_path) == wide


@pytest.mark.parametrize(
    "change",
    [
        {"prediction_kind": "poem"},
        {"column_classes": [2]},
        {"choices": ["metric"]},
        {"train_rows": "6"},
        {"image_shape": [2, 2]},
        {"classes": [1.5]},
        {"digest": "../.."},
        {"metric": None},
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "competition.json").write_text(json.dumps(SCHEMA.to_json() | change))
    with pytest.raises(DataError, match=r"competition\.json is damaged") as caught:
        read_schema(tmp_path)
    assert "fetch" in caught.value.hint


def test_a_metric_of_a_package_that_is_not_installed_is_no_damage(tmp_path: Path) -> None:
    (tmp_path / "competition.json").write_text(json.dumps(SCHEMA.to_json() | {"metric": "beauty"}))
    with pytest.raises(DataError, match="needs the metric 'beauty', which neither kagglebot nor") as caught:
        read_schema(tmp_path)
    assert "Install the package" in caught.value.hint and "Delete" not in caught.value.hint


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "competition.json").write_text("{}")
    with pytest.raises(DataError, match="competition"):
        read_schema(tmp_path)


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "competition.json").write_text(json.dumps(SCHEMA.to_json() | {"version": VERSION + 1}))
    with pytest.raises(DataError, match="written by a newer kagglebot") as caught:
        read_schema(tmp_path)
    assert "Update kagglebot" in caught.value.hint
