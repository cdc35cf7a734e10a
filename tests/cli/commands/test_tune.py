"""`kagglebot tune` and what it says of its end."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from kagglebot.cli.commands.tune import _given, _left, _stopped
from kagglebot.cli.main import app, run
from kagglebot.workspace import Workspace

#: A worker needs longer than a second to import TensorFlow.
STUDY = """\
family = "cnn"
[space]
filters = { low = 64, high = 128 }
[fixed]
epochs = 1000
"""


def test_search_without_a_complete_trial_is_no_success(
    digits_data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/digits-practice").symlink_to(digits_data)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/hasty.toml").write_text(f"{STUDY}[validation]\nfraction = 0.999")
    assert run(["--workspace", str(tmp_path), "tune", "hasty", "--timeout", "1", "--jobs", "1", "--json"]) == 1
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert (document["complete"], document["best"]) == (0, None)
    assert document["validation_rows"] == 1190  # of 1,200: one row of each class is trained on
    assert document["validation"].startswith("99.9% of the rows")
    assert "error: The study 'hasty' has no complete trial for digits-practice: none had the time to begin." in err
    assert "Next:" not in err
    assert run(["--workspace", str(tmp_path), "submit", "hasty", "--dry-run"]) == 1
    assert "none had the time to begin" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--accelerator", "gpu"], "--accelerator is for --on kaggle"),
        (["--sessions", "2"], "--sessions is for --on kaggle"),
        (["--on", "kaggle", "--sessions", "0"], "--sessions"),
        (["--on", "kaggle", "--cluster", "tcp://127.0.0.1:1"], "has no network"),
        (["--on", "kaggle", "--callback", "tensorboard"], "has no network"),
        (["--on", "moon"], "--on"),
        (["--timeout", "8 days"], "such as 3600, 90m or 8h"),
    ],
)
def test_what_does_not_go_with_kaggles_machines_is_told(
    options: list[str], told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--workspace", str(tmp_path), "tune", "cnn", "--competition", "digits-practice", *options]) == 2
    assert told in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 finished trial of 'net' is"), (2, "2 finished trials of 'net' are")]
)
def test_an_interrupted_search_counts_what_is_saved(studied: Path, count: int, told: str) -> None:
    workspace = Workspace(studied)
    summary = workspace.summary("net")
    finished = tuple(trial for trial in summary.trials if trial.state == "complete")[:count]
    stopped = _stopped(workspace, replace(summary, trials=finished), "net")
    assert stopped.message.startswith(f"{told} saved, the best with accuracy 0.")


def test_what_continues_an_interrupted_search_has_its_options_and_what_is_left_of_its_limits() -> None:
    words = ["net", "-n9", "--timeout", "10m", "--set", "kernel=3,5", "--set", "epochs=4..8", "--fix", "blocks=3"]
    words += ["-c", "digits", "--json", "--storage", "postgresql://me:secret@host/db"]
    context = typer.main.get_command(app).commands["tune"].make_context("tune", words)
    given = _given(context, _left(context.params, ended=5, seconds=121.7))
    options = " --trials 4 --timeout 478 --set kernel=3,5 --set epochs=4..8 --fix blocks=3"
    assert given == f"{options} --storage postgresql://me@host/db"
    assert _left({"trials": 3, "timeout_seconds": None}, ended=3, seconds=1.0) == {"trials": 1}
