"""Every form of competition from fetch to score, with the real client and the practice server."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from practice_forms import LAYOUTS, write_form

from kagglebot.cli.main import run
from kagglebot.practice import PracticeServer
from kagglebot.practice.scoring import score

STUDY = """\
family = "cnn"
[images]
size = 16
[validation]
fraction = 0.2
[space]
filters = { low = 8, high = 16 }
[fixed]
blocks = 2
convolutions = 1
epochs = 4
batch_size = 16
[[trials]]
filters = 16
"""
#: A score that a net which learned nothing does not reach; a log loss stays below its number.
ABOVE_CHANCE = {"accuracy": 0.5, "auc": 0.75, "macro_f1": 0.5, "kappa": 0.4}
BELOW_CHANCE = {"name-prefix": 0.6, "wide": 1.1}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_from_fetch_to_score(
    layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    competition = write_form(tmp_path / "served", layout)
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "quick.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))

    def command(*arguments: str) -> dict:
        assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    with PracticeServer([competition]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        fetched = command("fetch", competition.name)
        tuned = command("tune", "quick", "--trials", "1", "--jobs", "1")
        submitted = command("submit", "--best")
        exported = command("export", "quick", "--best")

    assert fetched["test_rows"] == len(competition.hidden)
    assert submitted["status"] == "complete" and submitted["rows"] == fetched["test_rows"]
    for value in (tuned["best"]["value"], submitted["public_score"]):
        if fetched["metric"] == "log_loss":
            assert value < BELOW_CHANCE[layout]
        else:
            assert value > ABOVE_CHANCE[fetched["metric"]]

    # A notebook sees the files as they lie in the archive, inner archives still packed.
    files = tmp_path / "input" / competition.name
    with zipfile.ZipFile(competition.archive) as archive:
        archive.extractall(files)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("KAGGLE", "PYTHONPATH"))}
    own |= {"KAGGLEBOT_INPUT": str(tmp_path / "input"), "KAGGLEBOT_OUTPUT": str(tmp_path)}
    script = Path(exported["folder"]) / "inference.py"
    done = subprocess.run([sys.executable, script], env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert score((tmp_path / "submission.csv").read_bytes(), competition) == pytest.approx(
        submitted["public_score"], abs=1e-4
    )
    with (tmp_path / "submission.csv").open() as stream:
        assert tuple(next(csv.reader(stream))) == competition.header
