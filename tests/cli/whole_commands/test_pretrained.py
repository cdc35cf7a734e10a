"""A frozen backbone and a CNN from fetch to score and export: real weights and the real client."""

import json
from pathlib import Path

import pytest
from whole_job import Commands

from kagglebot import Workspace
from kagglebot.cli.main import run
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.system.files.digest import file_digest

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
#: Frozen heads and CNNs for one budget.
MIXED = """\
family = ["pretrained", "cnn"]
[images]
size = 32
[validation]
folds = 2
[pruner]
name = "none"
[fixed]
batch_size = 16
schedule = "constant"
flip = true
[fixed.pretrained]
resolution = 32
optimizer = "adam"
[fixed.cnn]
blocks = 2
convolutions = 1
[space.pretrained]
head_dropout = { low = 0.0, high = 0.5 }
epochs = { low = 3, high = 6 }
[space.cnn]
filters = { low = 8, high = 16 }
epochs = { low = 2, high = 4 }
[[trials]]
head_dropout = 0.0
epochs = 6
[[trials]]
family = "cnn"
filters = 16
epochs = 3
"""


@pytest.mark.usefixtures("lite0")
def test_two_families_from_fetch_to_score_and_an_exported_ensemble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = Commands(tmp_path, LAYOUT, monkeypatch, capsys)
    job = commands.whole_job("mixed", MIXED, ("--trials", "2", "--jobs", "1"), ("--ensemble", "4"))
    assert job.tuned["complete"] == 2 and job.tuned["failed"] == 0
    assert job.tuned["best"]["value"] > 0.5 and job.submitted["public_score"] > 0.5
    # One file of features for the images, one for the mirrored ones, for the trial and the final models.
    arrays = job.workspace / "data" / job.competition.name / "cache"
    assert len(list(arrays.rglob("train_images.efficientnet-lite0-*.npy"))) == 2
    # Of four members the best third is two trials: both are there, one of each family.
    cards = [json.loads(path.read_text()) for path in (job.workspace / "studies").rglob("models/*.json")]
    assert {card["recipe"]["family"]: "weights" in card for card in cards} == {"pretrained": True, "cnn": False}
    assert all("family" not in card["recipe"]["settings"] for card in cards)
    assert job.exported_score == pytest.approx(job.submitted["public_score"], abs=1e-4)

    resumed = commands.run("tune", "mixed", "--trials", "1", "--jobs", "1", "--fix", "family=cnn")
    assert resumed["complete"] == 3 and resumed["failed"] == 0
    shown = commands.run("studies", "mixed")
    assert {trial["number"]: trial["family"] for trial in shown["top"]} == {0: "pretrained", 1: "cnn", 2: "cnn"}
    assert shown["family"] == "pretrained, cnn"
    assert {"family", "cnn.epochs"} <= {each["name"] for each in shown["marginals"]}
    assert run(["report", "mixed"]) == 0 and "report.html" in capsys.readouterr().out


def test_missing_weights_are_one_sentence_before_any_trial(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    for folder in ("data", "studies"):
        (workspace / folder).mkdir(parents=True)
    (workspace / "data" / "digits-practice").symlink_to(data)
    (workspace / "studies" / "frozen.toml").write_text(STUDY)
    (workspace / "studies" / "mixed.toml").write_text(MIXED)
    monkeypatch.setenv("KAGGLEBOT_WEIGHTS", str(tmp_path / "none.pth"))
    for study in (["frozen"], ["mixed", "--fix", "family=pretrained"]):
        assert run(["--workspace", str(workspace), "tune", *study, "--trials", "1"]) == 1
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
