"""A frozen backbone from fetch to score and export, with real weights, the real client and two workers."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from practice_forms import write_form

from kagglebot import Workspace
from kagglebot.cli.main import run
from kagglebot.practice import PracticeServer
from kagglebot.practice.scoring import score
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.system.files import file_digest

LAYOUT = "class-folders"
STUDY = """\
family = "pretrained"
[images]
size = 32
[validation]
folds = 2
[space]
head_dropout = { low = 0.0, high = 0.5 }
[fixed]
resolution = 32
epochs = 6
batch_size = 16
optimizer = "adam"
schedule = "constant"
flip = true
[[trials]]
head_dropout = 0.0
[[trials]]
head_dropout = 0.5
"""
OTHER_NET = """\
family = "pretrained"
[space]
head_dropout = { low = 0.0, high = 0.5 }
[fixed]
backbone = "mobilenet-v3-small"
resolution = 32
epochs = 2
"""


@pytest.mark.usefixtures("lite0")
def test_from_fetch_to_score_and_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    competition = write_form(tmp_path / "served", LAYOUT)
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "frozen.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))

    def command(*arguments: str) -> dict:
        assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    with PracticeServer([competition]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        command("fetch", competition.name)
        tuned = command("tune", "frozen", "--trials", "2", "--jobs", "2")
        submitted = command("submit", "--best")
        exported = command("export", "frozen", "--best")
    assert tuned["complete"] == 2 and tuned["failed"] == 0
    assert tuned["best"]["value"] > 0.5 and submitted["public_score"] > 0.5
    # One file of features for the images, one for the mirrored ones, for both trials and the final model.
    arrays = workspace / "data" / competition.name / "cache"
    assert len(list(arrays.rglob("train_images.efficientnet-lite0-*.npy"))) == 2

    files = tmp_path / "input" / competition.name
    with zipfile.ZipFile(competition.archive) as archive:
        archive.extractall(files)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KAGGLE", "PYTHONPATH"))}
    own |= {"KAGGLEBOT_INPUT": str(tmp_path / "input"), "KAGGLEBOT_OUTPUT": str(tmp_path)}
    own |= {"KAGGLEBOT_WEIGHTS": str(tmp_path / "none")}  # the export holds all weights of its net
    script = Path(exported["folder"]) / "inference.py"
    done = subprocess.run([sys.executable, script], env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    predicted = score((tmp_path / "submission.csv").read_bytes(), competition)
    assert predicted == pytest.approx(submitted["public_score"], abs=1e-4)


def test_missing_weights_are_one_sentence_before_any_trial(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    for folder in ("data", "studies"):
        (workspace / folder).mkdir(parents=True)
    (workspace / "data" / "digits-practice").symlink_to(data)
    (workspace / "studies" / "frozen.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WEIGHTS", str(tmp_path / "none.pth"))
    assert run(["--workspace", str(workspace), "tune", "frozen", "--trials", "1"]) == 1
    said = capsys.readouterr().err
    assert "none.pth, and there is no such file" in said and "Correct the path, or unset it" in said
    assert not (workspace / "studies" / "digits-practice").exists()


def test_a_file_of_the_users_own_reaches_the_workers_and_no_export_needs_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    for folder in ("data", "studies", "nets"):
        (workspace / folder).mkdir(parents=True)
    (workspace / "data" / "digits-practice").symlink_to(data)
    (workspace / "studies" / "net.toml").write_text(OTHER_NET)
    (workspace / "kagglebot.toml").write_text('[weights]\nmobilenet-v3-small = "nets/net.h5"\n')
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))
    weights = workspace / "nets" / "net.h5"
    BACKBONES["mobilenet-v3-small"].build().save(weights)
    digest = file_digest(weights)

    assert run(["tune", "net", "--trials", "1", "--jobs", "1"]) == 0, capsys.readouterr().err
    assert run(["train", "net", "--best"]) == 0, capsys.readouterr().err
    (card,) = (workspace / "studies" / "digits-practice" / "net" / "models").glob("trial-*.json")
    best = Workspace(workspace).summary("net").best
    assert best is not None and best.made_with["weights"] == digest == json.loads(card.read_text())["weights"]
    weights.unlink()
    assert run(["export", "net", "--best"]) == 0, capsys.readouterr().err
    assert run(["tune", "net", "--trials", "1", "--jobs", "1"]) == 1
    assert "net.h5, and there is no such file" in capsys.readouterr().err
