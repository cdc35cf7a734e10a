"""The start of a search: pretrained weights are there before workers begin, or it is said why not."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from weights_server import WeightsServer, serve_weights

from kagglebot.analysis.load import NoTrials
from kagglebot.cli.main import run
from kagglebot.errors import DataError
from kagglebot.pretrained.backbones import BACKBONES
from kagglebot.pretrained.weights import find_weights, weights_folder
from kagglebot.search import prepare
from kagglebot.workspace import Workspace

CHOSEN = ("mobilenet-v3-small", "convnext-tiny")
STUDY = """\
family = "pretrained"
[space]
backbone = { choices = ["mobilenet-v3-small", "mobilenet-v3-large", "convnext-tiny"] }
"""


@pytest.fixture
def workspace(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a study of three backbones, without their weights."""
    folder = tmp_path / "workspace"
    for name in ("data", "studies"):
        (folder / name).mkdir(parents=True)
    (folder / "data" / "digits-practice").symlink_to(data)
    (folder / "studies" / "nets.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    """A server that all weights come from."""
    with serve_weights(bytes(1_000_000)) as served:
        checksum = f"md5:{hashlib.md5(served.content).hexdigest()}"
        for name, net in BACKBONES.items():
            monkeypatch.setitem(BACKBONES, name, replace(net, url=served.url, checksum=checksum))
        yield served


@pytest.mark.usefixtures("workspace")
def test_weights_of_the_backbones_that_may_be_drawn_are_downloaded_first(
    server: WeightsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[bool] = []

    def tune(*arguments: object, **options: object) -> None:
        found.extend(find_weights(BACKBONES[name]).source == "cache" for name in CHOSEN)

    monkeypatch.setattr(prepare, "tune", tune)
    run(["tune", "nets", "--trials", "1", "--set", f"backbone={','.join(CHOSEN)}"])
    said = capsys.readouterr().err
    assert found == [True, True] and len(server.asked) == 2
    for name in CHOSEN:
        assert f"downloading {BACKBONES[name].file}: 1 MB of 1 MB" in said
    assert not (weights_folder() / BACKBONES["mobilenet-v3-large"].file).exists()


def test_weights_that_cannot_be_had_are_one_sentence_before_any_trial(
    workspace: Path, server: WeightsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.status = 404
    assert run(["tune", "nets", "--trials", "1", "--fix", "backbone=convnext-tiny"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "convnext_tiny_notop.h5 could not be downloaded: 127.0.0.1 answered with HTTP 404" in said
    assert not (workspace / "studies" / "digits-practice").exists()


def test_a_backbone_that_is_not_known_is_named_with_those_that_are(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "studies" / "nets.toml").write_text('family = "pretrained"\n[fixed]\nbackbone = "resnet"\n')
    assert run(["tune", "nets", "--trials", "1"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "there is no 'resnet'" in said and "mobilenet-v3-small" in said


def test_families_without_their_weights_are_left_out_with_one_note(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'family = ["pretrained", "finetuned", "cnn"]\n[space.cnn]\nfilters = { low = 8, high = 16 }\n'
    (workspace / "studies" / "mixed.toml").write_text(text)
    monkeypatch.setenv("KAGGLEBOT_WEIGHTS", str(tmp_path / "none.pth"))
    begun: list[dict[str, Any]] = []
    monkeypatch.setattr(prepare, "tune", lambda *values, **options: begun.append(options))
    notes: list[str] = []
    here = Workspace(workspace, on_note=notes.append)
    with pytest.raises(NoTrials):
        here.tune("mixed", trials=1)
    assert notes[0].startswith("Left out of this search: pretrained, finetuned. ")
    assert notes[0].count("none.pth") == 1
    assert begun[0]["restrictions"]["family"].values == ("cnn",)
    with pytest.raises(NoTrials):  # no weights are looked for
        here.tune("mixed", trials=1, fix=["family=cnn"])
    with pytest.raises(DataError, match=r"none\.pth"):
        here.tune("mixed", trials=1, fix=["family=pretrained"])
    assert (len(notes), len(begun)) == (1, 2)


def test_a_backbone_without_its_weights_is_left_out_of_the_choice(
    workspace: Path, tmp_path: Path, lite0: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        'family = "pretrained"\n[space]\nbackbone = { choices = ["efficientnet-lite2", "efficientnet-lite0"] }\n'
    )
    (workspace / "studies" / "nets.toml").write_text(text)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / lite0.name).symlink_to(lite0)
    monkeypatch.setattr("kagglebot.pretrained.weights.find_spec", lambda name: None)
    monkeypatch.setenv("KAGGLEBOT_WEIGHTS", str(tmp_path / "weights"))
    begun: list[dict[str, Any]] = []
    monkeypatch.setattr(prepare, "tune", lambda *values, **options: begun.append(options))
    notes: list[str] = []
    with pytest.raises(NoTrials):
        Workspace(workspace, on_note=notes.append).tune("nets", trials=1)
    assert notes[0].startswith("Left out of this search: efficientnet-lite2. The weights of efficientnet-lite2 ")
    assert begun[0]["restrictions"]["backbone"].values == ("efficientnet-lite0",)
    assert "family" not in begun[0]["restrictions"]
