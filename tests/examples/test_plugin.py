"""The example plugin, installed beside kagglebot: each of its kinds is found, in worker processes too."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sklearn.datasets import load_digits

from kagglebot.practice import PracticeServer
from kagglebot.practice.competition import PracticeCompetition, from_archive

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples" / "kagglebot-example-plugin"
PROGRAM = [sys.executable, "-c", "from kagglebot.cli.main import main; main()"]
STUDY = """
family = "linear"
[fixed]
epochs = 3
batch_size = 16
[space]
dropout = { low = 0.0, high = 0.5 }
[pruner]
name = "none"
"""
NAMES = ("zero", "one", "two")


def write_archive(path: Path) -> dict[str, str]:
    """Write a competition whose labels are in a JSON file; return the class of each test image."""
    pixels, digits = load_digits(n_class=len(NAMES), return_X_y=True)
    labels, hidden = {}, {}
    with zipfile.ZipFile(path, "w") as archive:
        for number, (row, digit) in enumerate(zip(pixels, digits, strict=True)):
            png = io.BytesIO()
            Image.fromarray((row.reshape(8, 8) * 15.9).astype("uint8")).save(png, "png")
            side, known = ("test", hidden) if number % 5 == 0 else ("train", labels)
            archive.writestr(f"{side}/{number:04d}.png", png.getvalue())
            known[f"{number:04d}.png"] = NAMES[digit]
        archive.writestr("labels.json", json.dumps(labels))
        sample = io.StringIO()
        csv.writer(sample).writerows([("file", "label"), *((name, "zero") for name in hidden)])
        archive.writestr("sample_submission.csv", sample.getvalue())
    return hidden


@pytest.fixture
def competition(tmp_path: Path) -> PracticeCompetition:
    archive = tmp_path / "drawn-numbers.zip"
    return from_archive(archive, hidden=write_archive(archive), metric="Geometric Mean Accuracy")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the plugin is installed into."""
    target = tmp_path_factory.mktemp("plugins")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options, str(PLUGIN)]
    subprocess.run(command, check=True)
    return target


def test_a_competition_goes_through_every_kind_of_plugin(
    installed: Path, competition: PracticeCompetition, tmp_path: Path
) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "weights.toml").write_text(STUDY)

    def kagglebot(*arguments: str, environment: dict[str, str]) -> Any:
        environment = {**os.environ, "PYTHONPATH": f"{installed}{os.pathsep}{ROOT}", **environment}
        command = [*PROGRAM, "--workspace", str(workspace), *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    with PracticeServer([competition]) as server:
        fetched = kagglebot("fetch", competition.name, environment=server.environment)
        tune = ("tune", "weights", "--trials", "4", "--jobs", "2", "--callback", "memory")
        tuned = kagglebot(*tune, environment=server.environment)
        submitted = kagglebot("submit", "weights", environment=server.environment)
        exported = kagglebot("export", "weights", environment=server.environment)

    # Where the plugin is not installed, the export brings it.
    files = workspace / "data" / competition.name / "files"
    environment = {**os.environ, "KAGGLEBOT_INPUT": str(files), "KAGGLEBOT_OUTPUT": str(tmp_path)}
    script = [sys.executable, str(Path(exported["folder"]) / "inference.py")]
    done = subprocess.run(script, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "submission.csv").read_bytes() == (workspace / submitted["file"]).read_bytes()

    assert (fetched["layout"], fetched["metric"]) == ("json-labels", "geometric_mean")
    assert fetched["train_rows"] + fetched["test_rows"] == len(load_digits(n_class=len(NAMES)).target)
    assert tuned["complete"] == 4 and tuned["best"]["value"] > 0.5
    assert submitted["status"] == "complete" and submitted["public_score"] > 0.5
    memory = workspace / "studies" / competition.name / "weights" / "memory.csv"
    rows = list(csv.reader(memory.read_text().splitlines()))
    assert sorted(row[0] for row in rows) == ["0", "1", "2", "3"]
    assert len({row[1] for row in rows}) == 2  # each worker process has its own copy


def test_without_it_its_names_are_unknown_and_the_known_are_listed(tmp_path: Path, digits_data: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data, target_is_directory=True)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "weights.toml").write_text(STUDY)
    command = [*PROGRAM, "--workspace", str(tmp_path), "tune", "weights", "--callback", "memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no callback 'memory'" in done.stderr and "mlflow, tensorboard, wandb" in done.stderr
