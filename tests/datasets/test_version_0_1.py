"""Data that kagglebot 0.1 fetched stays in use: nothing is unpacked or decoded again."""

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from competition_files import ImageCompetition

from kagglebot.datasets.cache.file_lists import read_file_lists
from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.fetching import ingest
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import VERSION, read_schema
from kagglebot.errors import DataError

WORKSPACE = Path(__file__).parents[1] / "workspaces/version-0.1.zip"


def _state(folder: Path) -> dict[Path, tuple[int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    with zipfile.ZipFile(WORKSPACE) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "ws/data/digits-practice"


@pytest.fixture
def images(pictures: ImageCompetition) -> ImageCompetition:
    """Image files of two sizes, fetched as 0.1 did: the facts in three JSON files."""
    pictures.draw("train/cat/1.png", "train/cat/2.png", "train/dog/1.png", "train/dog/2.png", size=(8, 8))
    pictures.draw("test/1.png", "test/2.png", size=(12, 12))
    pictures.table("sample_submission.csv", "id,label", "1,1", "2,0")
    schema = pictures.load().schema
    lists, facts = read_file_lists(pictures.data, schema), schema.to_json()
    arrays = pictures.data / "cache" / schema.digest
    (arrays / "files.npz").unlink()
    source = {"archive": schema.archive, "content": schema.content, "files": lists.sizes}
    contents = {
        **{key: facts[key] for key in ("layout", "image_shape", "train_rows", "test_rows", "skipped", "resized")},
        "classes": facts["training_classes"],
        "notes": facts["data_notes"],
        "in_table": facts["labels_in_table"],
        "train_files": lists.train,
        "test_files": lists.test,
    }
    new = ("training_classes", "labels_in_table", "image_files", "resized", "data_notes", "format_notes")
    old = {key: value for key, value in facts.items() if key not in (*new, "archive", "content", "version")}
    old["answer"] = old.pop("prediction_kind")
    old["assumptions"] = list(schema.assumptions)
    (pictures.data / "competition.json").write_text(json.dumps(old))
    (pictures.data / "source.json").write_text(json.dumps(source))
    (arrays / "contents.json").write_text(json.dumps(contents))
    return pictures


def test_a_fetch_with_nothing_new_writes_the_facts_into_one_file(
    digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, cache = read_schema(digits), _state(digits / "cache") | _state(digits / "files")
    monkeypatch.setattr(ingest, "unpack", None)
    named = {"competition": "digits-practice", "metric_name": "Categorization Accuracy"}
    schema = ingest.ingest(digits / "digits-practice.zip", digits, **named)  # type: ignore[arg-type]
    assert (before.version, schema) == (1, replace(before, version=VERSION))
    assert (schema.archive[:6], schema.content) == ("2ab9ac", "1bbe4128c541eb06d784324c25c2e9fc")
    assert read_schema(digits) == schema
    assert _state(digits / "cache") | _state(digits / "files") == cache
    written = _state(digits)
    ingest.ingest(digits / "digits-practice.zip", digits, **named)  # type: ignore[arg-type]
    assert {path for path, state in _state(digits).items() if state != written[path]} <= {digits / ".lock"}


def test_its_arrays_are_read_and_resized(digits: Path) -> None:
    assert load_dataset(digits).train_images.shape == (1200, 8, 8, 1)
    assert load_dataset(digits, ImageRule((4, 4))).test_images.shape == (597, 4, 4, 1)


def test_image_files_are_decoded_under_another_rule(images: ImageCompetition) -> None:
    schema = read_schema(images.data)
    assert (schema.image_files, schema.resized, schema.training_classes) == (True, True, ("cat", "dog"))
    assert schema.classes == (0, 1)
    assert ["sizes" in note for note in schema.data_notes] == [True]
    assert "0 for cat" in schema.format_notes[0]
    phases: list[str] = []
    load_dataset(images.data, ImageRule((6, 6)), lambda phase, *_: phases.append(phase))
    assert set(phases) == {"decoding"}


def test_another_metric_decodes_nothing(images: ImageCompetition) -> None:
    cache = _state(images.data / "cache")
    schema = images.load(metric="macro_f1").schema
    assert (schema.metric, schema.classes, schema.version) == ("macro_f1", (0, 1), VERSION)
    assert _state(images.data / "cache") == cache
    assert load_dataset(images.data, ImageRule((6, 6))).train_images.any()


def test_other_data_leaves_none_of_its_files(images: ImageCompetition) -> None:
    images.draw("train/dog/3.png")
    assert images.load().schema.train_rows == 5
    names = {path.name for path in images.data.rglob("*")}
    assert {"competition.json", "files.npz"} <= names
    assert names.isdisjoint({"source.json", "contents.json"})


@pytest.mark.parametrize("name", ["source.json", "contents.json"])
@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_what_is_missing_or_damaged_is_made_again(
    images: ImageCompetition, name: str, content: str | None
) -> None:
    whole = np.array(load_dataset(images.data).train_images)
    (path,) = images.data.rglob(name)
    path.unlink() if content is None else path.write_text(content)
    assert np.array_equal(load_dataset(images.data).train_images, whole)
    assert np.array_equal(images.load().train_images, whole)
    assert read_schema(images.data).image_files
    assert load_dataset(images.data, ImageRule((6, 6))).train_images.any()


def test_files_of_another_fetch_are_not_decoded(images: ImageCompetition) -> None:
    path = images.data / "source.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"content": "of another archive"}))
    with pytest.raises(DataError, match="not those of the data in use"):
        load_dataset(images.data, ImageRule((6, 6)))
    shutil.rmtree(images.data / "files")
    assert images.load().schema.image_files
    assert load_dataset(images.data, ImageRule((6, 6))).train_images.any()
