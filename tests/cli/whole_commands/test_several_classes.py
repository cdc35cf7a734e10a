"""A competition whose images have several classes, from fetch to the written submission, with the real client."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from practice_server import serving
from sklearn.metrics import f1_score

from kagglebot.cli.main import run
from kagglebot.practice.competition import from_archive

NAMES = ("bar", "dot", "edge")
TRAIN, TEST = 160, 40
STUDY = """\
family = "mlp"
[validation]
folds = 2
[space]
units_1 = { low = 16, high = 32 }
[fixed]
layers = 1
epochs = 15
batch_size = 16
learning_rate = 1e-2
"""


def _draw(marks: np.ndarray, rng: np.random.Generator) -> bytes:
    """Draw an image with a mark in a quarter of its own for each class that it has."""
    pixels = rng.integers(0, 180, (12, 12), np.uint8)
    for place, mark in enumerate(marks):
        row, column = divmod(place, 2)
        pixels[6 * row + 1 : 6 * row + 5, 6 * column + 1 : 6 * column + 5] += np.uint8(40 * mark)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _write(path: Path) -> np.ndarray:
    """Write a competition as plant-pathology-2021-fgvc8 has it, and return the marks of the test images.

    ``PATH.csv`` gets the true labels of these.
    """
    rng = np.random.default_rng(0)
    marks = (rng.random((TRAIN + TEST, 3)) < [0.6, 0.4, 0.2]).astype(int)
    marks[marks.sum(axis=1) == 0, 0] = 1
    texts = [" ".join(name for name, mark in zip(NAMES, row, strict=True) if mark) for row in marks]
    with zipfile.ZipFile(path, "w") as archive:
        for row, each in enumerate(marks):
            archive.writestr(f"{'train' if row < TRAIN else 'test'}_images/{row}.png", _draw(each, rng))
        rows = [f"{row}.png,{text}" for row, text in enumerate(texts[:TRAIN])]
        archive.writestr("train.csv", "\n".join(["image,labels", *rows]) + "\n")
        rows = [f"{row}.png,bar" for row in range(TRAIN, TRAIN + TEST)]
        archive.writestr("sample_submission.csv", "\n".join(["image,labels", *rows]) + "\n")
    hidden = [f"{row}.png,{text}" for row, text in enumerate(texts)][TRAIN:]
    path.with_suffix(".csv").write_text("\n".join(["image,labels", *hidden]) + "\n")
    return marks[TRAIN:]


def test_from_fetch_to_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = _write(tmp_path / "leaves.zip")
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "quick.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))

    def command(*arguments: str) -> dict[str, object]:
        assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
        return dict(json.loads(capsys.readouterr().out))

    hidden = tmp_path / "leaves.csv"
    competition = from_archive(tmp_path / "leaves.zip", hidden=hidden, metric="Mean F1-Score")
    with serving(monkeypatch, competition):
        fetched = command("fetch", "leaves")
        assert (fetched["classes"], fetched["metric"]) == ([*NAMES], "sample_f1")
        tuned = command("tune", "quick", "--trials", "2", "--jobs", "1")
        submitted = command("submit", "quick", "--ensemble", "2")
        exported = command("export", "quick", "--ensemble", "2")
    assert 0.7 < tuned["best"]["value"] < 1  # type: ignore[index]
    assert (submitted["status"], submitted["rows"]) == ("complete", TEST)
    rows = list(csv.reader(Path(str(submitted["file"])).read_text().splitlines()))
    assert rows[0] == ["image", "labels"]
    given = [[int(name in cell.split()) for name in NAMES] for _, cell in rows[1:]]
    assert submitted["public_score"] == pytest.approx(f1_score(truth, given, average="samples"), abs=1e-5)
    assert submitted["public_score"] > 0.7  # type: ignore[operator]
    assert {len(cell.split()) for _, cell in rows[1:]} >= {1, 2}
    shown = command("studies", "quick")["confusion"]
    assert shown["classes"] == [*NAMES] and shown["rows"] == TRAIN  # type: ignore[index]
    assert min(shown["right"]) > 0  # type: ignore[index]
    assert run(["studies", "quick"]) == 0
    assert "Precision" in capsys.readouterr().out
    assert run(["report", "quick", "--json"]) == 0
    page = next(workspace.rglob("*.html")).read_text()
    assert "Precision and recall of the classes" in page and "bar and dot" in page
    _check_export(tmp_path, Path(str(exported["folder"])), rows, monkeypatch)


def _check_export(folder: Path, export: Path, rows: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that the exported code writes the same file in a process of its own."""
    with zipfile.ZipFile(folder / "leaves.zip") as archive:
        archive.extractall(folder / "input" / "leaves")
    monkeypatch.setenv("KAGGLEBOT_INPUT", str(folder / "input"))
    monkeypatch.setenv("KAGGLEBOT_OUTPUT", str(folder))
    done = subprocess.run([sys.executable, export / "inference.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(csv.reader((folder / "submission.csv").read_text().splitlines())) == rows
