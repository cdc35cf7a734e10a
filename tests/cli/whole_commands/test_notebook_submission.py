"""A competition that takes notebooks only: from `fetch` to the score on hidden rows by three commands."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from notebook_kills import STEPS, run_kills
from practice_server import serving
from tiny_export import counts

from kagglebot.cli.main import run
from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition
from kagglebot.submission.notebooks import polling

NAME = "digits-practice"
STUDY = """\
family = "mlp"
[fixed]
layers = 1
units_1 = 32
epochs = 20
"""
#: The perceptron above has no checkpoints.
NET = """\
family = "dense"
[fixed]
layers = 1
units_1 = 32
epochs = 5
"""


def test_fetch_tune_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.2)
    workspace = tmp_path / "workspace"
    (workspace / "studies").mkdir(parents=True)
    (workspace / "studies" / "tiny.toml").write_text(STUDY)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))

    def done(*command: str) -> dict[str, object]:
        assert run([*command, "--json"]) == 0, capsys.readouterr().err
        shown = capsys.readouterr()
        return dict(json.loads(shown.out)) | {"said": shown.err}

    with serving(monkeypatch, write_competition(tmp_path / "served", notebooks_only=True)) as server:
        assert done("fetch", NAME)["test_rows"] == 100
        done("tune", "tiny", "--trials", "1", "--jobs", "1")
        dry = done("submit", "--best", "--dry-run")
        assert dry["status"] == "dry-run" and "the dataset practice/kagglebot-digits-practice" in str(dry["said"])
        assert not server.datasets and not server.notebooks
        started = done("submit", "--best", "--no-wait")
        assert started["status"] == "running" and server.notebooks and not server.submissions
        submitted = done("submit", "--best")
        assert (submitted["status"], submitted["rows"]) == ("complete", 100)
        assert (submitted["notebook"], submitted["model"]) == ("practice/kagglebot-digits-practice", {"trial": 0})
        score = float(str(submitted["public_score"]))
        assert abs(score - float(str(submitted["validation_score"]))) < 0.1  # of hidden rows, with the same model
        assert score > 0.5 and len(server.submissions[0].content.splitlines()) == 598
        (entry,) = done("submissions")["submissions"]  # type: ignore[misc]
        assert (entry["public_score"], entry["notebook_version"]) == (score, 1)
        counts = [len(server.datasets[each].versions) for each in server.datasets]
        assert done("submit", "--best")["new"] is False
        assert counts == [1] and len(server.submissions) == 1


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("served"), notebooks_only=True)


@pytest.fixture(scope="module")
def searched(served: PracticeCompetition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a study of one trial."""
    workspace = tmp_path_factory.mktemp("searched")
    (workspace / "studies").mkdir()
    (workspace / "studies" / "tiny.toml").write_text(STUDY)
    before = ["--workspace", str(workspace)]
    assert run([*before, "fetch", NAME, "--from", str(served.archive)]) == 0
    assert run([*before, "tune", "tiny", "--trials", "1", "--jobs", "1"]) == 0
    return workspace


@pytest.fixture
def server(
    served: PracticeCompetition, searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PracticeServer]:
    workspace = shutil.copytree(searched, tmp_path / "workspace")
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.2)
    monkeypatch.setenv("KAGGLEBOT_WORKSPACE", str(workspace))
    with serving(monkeypatch, served) as server:
        yield server


def test_a_checkpoint_as_it_is_is_submitted_without_training(
    server: PracticeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(os.environ["KAGGLEBOT_WORKSPACE"], "studies", "net.toml").write_text(NET)
    assert run(["tune", "net", "--trials", "1", "--jobs", "1", "--json"]) == 0
    capsys.readouterr()
    command = ["submit", "net", "--best", "--now", "--json"]
    assert run(command) == 0, capsys.readouterr().err
    now = json.loads(capsys.readouterr().out)
    assert (now["status"], now["new"], now["notebook"]) == ("complete", True, f"practice/kagglebot-{NAME}")
    assert now["public_score"] > 0.5 and counts(server) == (1, 1, 1)
    folder = Path(os.environ["KAGGLEBOT_WORKSPACE"], "studies", NAME, "net", "submissions")
    (there,) = folder.glob("*-notebook.csv")  # of the rows that are seen, what the checkpoint predicts here
    assert there.read_text() == there.with_name(there.name.replace("-notebook", "")).read_text()
    assert run(command) == 0 and json.loads(capsys.readouterr().out)["new"] is False
    assert counts(server) == (1, 1, 1)


def test_a_used_up_day_is_told_before_anything_is_made(
    server: PracticeServer, served: PracticeCompetition, capsys: pytest.CaptureFixture[str]
) -> None:
    server.competitions[NAME] = replace(served, max_daily_submissions=0)
    assert run(["submit", "tiny"]) == 1
    assert "hint: Run the same command again after midnight UTC" in capsys.readouterr().err
    assert counts(server) == (0, 0, 0)
    assert not list(Path(os.environ["KAGGLEBOT_WORKSPACE"]).glob(f"studies/{NAME}/tiny/models/*"))


SAID = (
    "interrupted: Nothing was lost; a file that was being uploaded may have arrived, and a notebook runs on.\n"
    "hint: Run the same command again: it asks Kaggle first, goes on from there and submits nothing twice.\n"
)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_sigterm_while_it_waits_says_what_goes_on_and_how_to_continue(server: PracticeServer) -> None:
    server.faults.late_logs = 10_000
    program = [sys.executable, "-c", "from kagglebot.cli.main import main; main()"]
    process = subprocess.Popen([*program, "submit", "tiny", "--trial", "0"], stderr=subprocess.PIPE, text=True)
    while server.calls["ListKernelSessionOutput"] < 2:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.endswith(SAID), said


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_at_random_points_one_of_each_is_made(tmp_path: Path) -> None:
    figures = run_kills(tmp_path, kills=1, seed=5, most=1)
    assert figures.made == (figures.models,) * 3


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_killed_a_hundred_times_at_every_step_too(tmp_path: Path) -> None:
    figures = run_kills(tmp_path, kills=100, seed=1)
    print(figures)
    assert figures.made == (figures.models,) * 3
    assert set(figures.kills) == set(STEPS)
