import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import py7zr
import pytest
from holdout_images import hold_out

from kagglebot.practice.packing import csv_text, write_zip, zipped

_NAMES = {"cats-dogs": "{label}.{number}.jpg", "sign-digits": "{label}/{number}.jpg", "cifar-10": "{number}.png"}


def packed(files: Mapping[str, bytes], suffix: str) -> bytes:
    if suffix == ".zip":
        return zipped(files)
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return stream.getvalue()


def unpacked(archive: Path, name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as outer:
        content = outer.read(name)
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            return {path: inner.read(path) for path in inner.namelist()}
    factory = py7zr.io.BytesIOFactory(limit=10_000)
    with py7zr.SevenZipFile(io.BytesIO(content)) as inner:
        inner.extractall(factory=factory)
    return {path: product.read() for path, product in factory.products.items()}


@pytest.fixture(params=_NAMES)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive in the form of a real one; each training image is its class and its number."""
    name = str(request.param)
    suffix = ".7z" if name == "cifar-10" else ".zip"
    labels = [("cat", "dog")[number % 2] for number in range(30)]
    pattern = "train/" + _NAMES[name]
    train = {
        pattern.format(label=label, number=row): f"{label} {row}".encode() for row, label in enumerate(labels)
    }
    picture = Path(pattern).suffix
    ids = [f"{row}{picture}" if name == "sign-digits" else str(row) for row in range(8)]
    test = {f"test/{row}{picture}": b"real test" for row in range(8)}
    files = {
        f"train{suffix}": packed(train, suffix),
        f"test{suffix}": packed(test, suffix),
        "sample_submission.csv": csv_text(["id", "label"], ([row, "0.5"] for row in ids)).encode(),
    }
    if name == "cifar-10":
        files["trainLabels.csv"] = csv_text(["id", "label"], enumerate(labels)).encode()
    path = tmp_path / f"{name}.zip"
    write_zip(path, files)
    return path


def test_held_out_images_are_the_test_set_and_nowhere_else(archive: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    holdout = hold_out(archive, made, seed=3)
    path, suffix = holdout.competition.archive, ".7z" if archive.stem == "cifar-10" else ".zip"
    train, test = unpacked(path, f"train{suffix}"), unpacked(path, f"test{suffix}")
    assert path.parent == made and path.name == archive.name
    assert (len(train), len(test)) == (22, 8)  # no more than the real test set has
    assert not set(train.values()) & set(test.values()) and b"real test" not in test.values()
    assert train == dict(holdout.train)
    hidden = holdout.competition.hidden or {}
    shown = {name.rpartition("/")[2]: content for name, content in test.items()}
    for row, label in hidden.items():
        content = shown[row if "." in row else row + Path(next(iter(shown))).suffix]
        assert content.decode().split()[0] == label and holdout.test[row] == content
    assert {content.decode().split()[0] for content in train.values()} == {"cat", "dog"}
    if archive.stem == "cifar-10":
        with zipfile.ZipFile(path) as outer:
            table = dict(line.split(",") for line in outer.read("trainLabels.csv").decode().split()[1:])
        assert {f"{label} {row}".encode() for row, label in table.items()} == set(train.values())


def test_each_seed_holds_out_other_images_and_rows_keeps_fewer(archive: Path, tmp_path: Path) -> None:
    holdouts = [
        hold_out(archive, tmp_path / str(seed), seed=seed, rows=rows) for seed, rows in ((1, 10), (2, None))
    ]
    assert [(len(each.train), len(each.test)) for each in holdouts] == [(10, 5), (22, 8)]
    again = hold_out(archive, tmp_path / "again", seed=2)
    assert again.test == holdouts[1].test
    assert set(holdouts[0].test.values()) != set(list(again.test.values())[:5])


def test_folders_for_keras_have_a_folder_for_each_class(archive: Path, tmp_path: Path) -> None:
    holdout = hold_out(archive, tmp_path / "made")
    holdout.write_folders(tmp_path)
    for label in ("cat", "dog"):
        assert all(path.read_text().startswith(label) for path in (tmp_path / "train" / label).iterdir())
    task = json.loads((tmp_path / "task.json").read_text())
    files = sorted((tmp_path / "test").iterdir())
    assert [path.read_bytes() for path in files] == [holdout.test[row] for row in task["ids"]]
    assert task["header"] == ["id", "label"] and task["probabilities"] is (archive.stem == "cats-dogs")
