"""`--on kaggle`: a study goes to a notebook, comes home with a trial, goes on here; its model is trained there."""

import json
from pathlib import Path
from typing import Any

import pytest
from practice_server import serving

from kagglebot.cli.main import run
from kagglebot.practice import write_competition
from kagglebot.remote import pack
from kagglebot.submission.notebooks import dataset_step, notebook_step, polling

NAME = "digits-practice"
SLUG, TRAINED = "kagglebot-tune-digits-practice-tiny", "kagglebot-train-digits-practice-tiny"
STUDY = """\
family = "mlp"
[fixed]
layers = 1
epochs = 2
[space]
units_1 = { low = 16, high = 64 }
"""


def test_a_study_goes_there_and_back_and_goes_on_and_its_model_is_trained_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(pack, "download_packages", lambda folder: None)
    for step in (dataset_step, notebook_step):
        monkeypatch.setattr(step, "HIDDEN_SECONDS", 0.2)
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "tiny.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))
    folder = workspace / "studies" / NAME / "tiny"

    def done(*command: str, code: int = 0) -> dict[str, Any]:
        assert run([*command, "--json"]) == code, capsys.readouterr().err
        shown = capsys.readouterr()
        return (json.loads(shown.out) if shown.out else {}) | {"said": shown.err}

    with serving(monkeypatch, write_competition(tmp_path / "served")) as server:
        done("fetch", NAME)
        there = ("tune", "tiny", "--on", "kaggle", "--trials", "1", "--jobs", "1", "--timeout", "5m")

        with monkeypatch.context() as interrupted:
            interrupted.setattr(notebook_step.Notebooks, "run", _interrupt)
            assert "goes on on Kaggle" in done(*there, code=130)["said"]
        assert len(server.notebooks[SLUG].versions) == 1

        came = done(*there)
        assert f"the dataset practice/{SLUG}" in came["said"]
        assert came["complete"] == 1 and came["best"]["number"] == 0
        (version,) = server.notebooks[SLUG].versions
        assert version.request["isPrivate"] and not version.request.get("enableInternet")
        assert len(server.datasets[SLUG].versions) == 1
        assert (folder / "predictions/trial-0.npz").is_file() and not (folder / "on-kaggle").exists()

        assert done("tune", "tiny", "--trials", "1", "--jobs", "1")["complete"] == 2

        train = ("train", "tiny", "--best", "--on", "kaggle")
        with monkeypatch.context() as interrupted:
            interrupted.setattr(notebook_step.Notebooks, "run", _interrupt)
            assert "goes on on Kaggle" in done(*train, code=130)["said"]
        trained = done(*train)
        assert "training: 100 %" in trained["said"] and not trained["reused"]
        assert len(server.notebooks[TRAINED].versions) == len(server.datasets[TRAINED].versions) == 1
        assert not (folder / "training-on-kaggle").exists()
        model = Path(trained["path"])
        made = model.stat().st_mtime_ns
        assert done("submit", "tiny", "--best", "--dry-run")["rows"] == 597
        assert model.stat().st_mtime_ns == made


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
