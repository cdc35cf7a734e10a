import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.sample_submission.read import read_sample
from kagglebot.datasets.schema import Schema, read_schema, save_schema
from kagglebot.retraining.final_model import Recipe, train_final
from kagglebot.submission.csv_check import check_submission
from kagglebot.submission.predictions import predict_once
from kagglebot.system.files.digest import file_digest

Refetch = Callable[..., Schema]


@pytest.fixture
def refetch(data: Path) -> Refetch:
    """What fetching once more with other options does to what is known of the competition."""

    def change(**changes: object) -> Schema:
        schema = replace(read_schema(data), **changes)  # type: ignore[arg-type]
        save_schema(data, schema)
        return schema

    return change


@pytest.fixture
def model(tmp_path: Path, data: Path) -> Path:
    settings = {"layers": 1, "units_1": 16}
    recipe = Recipe(
        "mlp",
        settings,
        epochs=3,
        planned=3,
        curve=(),
        metric="accuracy",
        seed=0,
        digest=read_schema(data).digest,
        images=ImageRule(),
    )
    path = tmp_path / "study" / "models" / "trial-0.npz"
    path.parent.mkdir(parents=True)
    train_final(load_dataset(data), recipe, path, about={})
    return path


def predict(data: Path, model: Path, *, reuse: bool = True) -> Path:
    path = model.parent.parent / "submissions" / f"{model.stem}.csv"
    predict_once(data, [model], path, reuse=reuse)
    return path


def test_a_file_is_made_once_and_again_for_a_newer_model(data: Path, model: Path) -> None:
    path = predict(data, model)
    assert check_submission(path, read_sample(data), read_schema(data)) == 597
    path.write_text("kept as it is")
    assert predict(data, model).read_text() == "kept as it is"
    assert predict(data, model, reuse=False).read_text() != "kept as it is"
    path.write_text("older than the model")
    os.utime(path, (0, 0))
    assert predict(data, model).read_text() != "older than the model"


def test_a_file_made_for_another_answer_is_not_reused(data: Path, model: Path, refetch: Refetch) -> None:
    labels = predict(data, model).read_text()
    asked = {"prediction_kind": "probability", "column_classes": (3,)}
    areas = refetch(**asked, metric="auc")
    probabilities = predict(data, model).read_text()
    assert probabilities != labels
    assert check_submission(predict(data, model), read_sample(data), areas) == 597
    refetch(**asked | {"column_classes": (5,)}, metric="auc")
    assert predict(data, model).read_text() != probabilities


def test_a_file_with_other_brackets_is_not_reused(data: Path, model: Path, refetch: Refetch) -> None:
    refetch(prediction_kind="labels", labels_a_row=1, metric="map@1")
    bare = predict(data, model).read_text().splitlines()
    refetch(prediction_kind="labels", labels_a_row=1, metric="map@1", label_ends=("[", "]"))
    assert predict(data, model).read_text().splitlines()[1] == bare[1].replace(",", ",[") + "]"


def test_killed_while_writing_for_another_metric_nothing_half_made_is_reused(
    data: Path, model: Path, refetch: Refetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = predict(data, model)
    labels = path.read_text()
    refetch(prediction_kind="probability", column_classes=(3,), metric="auc")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("kagglebot.submission.predictions.write_json", killed)
        predict(data, model)
    assert path.read_text() != labels
    refetch(prediction_kind="label", column_classes=(), metric="accuracy")
    assert predict(data, model).read_text() == labels


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("x")
    second.write_text("x")
    assert file_digest(first) == file_digest(second)
    second.write_text("y")
    assert file_digest(first) != file_digest(second)
