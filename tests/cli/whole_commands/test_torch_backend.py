"""A search on PyTorch, its model, and predictions by a process that runs on TensorFlow."""

import json
from pathlib import Path

import pytest

from kagglebot.cli.main import run
from kagglebot.training.keras.backends import current_backend
from kagglebot.workspace import Workspace

STUDY = """\
family = "cnn"
[space]
filters = { low = 4, high = 8 }
[fixed]
blocks = 2
epochs = 1
"""


@pytest.mark.usefixtures("pytorch")
def test_a_trial_on_torch_becomes_a_model_made_on_torch(
    tmp_path: Path, digits_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "digits-practice").symlink_to(digits_data)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "quick.toml").write_text(STUDY)
    assert run(["tune", "quick", "--trials", "1", "--backend", "torch", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["complete"] == 1
    (trial,) = Workspace(tmp_path).summary("quick").trials
    assert trial.backend == "torch"
    assert run(["train", "quick", "--best", "--json"]) == 0
    card = json.loads(Path(json.loads(capsys.readouterr().out)["path"]).with_suffix(".json").read_text())
    assert (card["backend"], card["device"]) in {("torch", "CPU"), ("torch", "GPU")}
    assert "torch" in card["versions"]
    assert current_backend() == "tensorflow"
