import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from practice_forms import write_form

from kagglebot.kaggle.client import KaggleClient
from kagglebot.practice import write_competition
from kagglebot.practice.__main__ import main


def test_serves_an_archive_until_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    competition = write_competition(tmp_path / "given", name="real-size")
    command = [sys.executable, "-m", "kagglebot.practice", "--archive", str(competition.archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "real-size is served" in process.stdout.readline()
        for _ in range(5):
            name, value = shlex.split(process.stdout.readline())[1].split("=", 1)
            monkeypatch.setenv(name, value)
        result = KaggleClient().download("real-size", tmp_path / "data")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert result.path.read_bytes() == competition.archive.read_bytes()


def test_archive_that_is_none(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kagglebot.practice", "--archive", str(tmp_path / "gone.zip")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert result.returncode == 1
    assert "gone.zip" in result.stderr
    assert "Traceback" not in result.stderr


def test_serves_a_form_or_an_archive_with_its_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_form(tmp_path, "name-prefix", rows=20, test_rows=10).archive
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"), prepend=os.pathsep)
    for name, options in (
        ("graded-practice", ["practice_forms", "graded"]),
        ("name-prefix-practice", ["kagglebot.practice", "--archive", str(archive), "--metric", "Log Loss"]),
    ):
        command = [sys.executable, "-m", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert f"{name} is served" in process.stdout.readline()
            for _ in range(5):
                variable, value = shlex.split(process.stdout.readline())[1].split("=", 1)
                monkeypatch.setenv(variable, value)
            metric = KaggleClient().competition(name).metric
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        assert metric == {"graded-practice": "QuadraticWeightedKappa"}.get(name, "Log Loss")


def test_labels_without_their_archive_are_wrong_usage(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kagglebot.practice", "--hidden", str(tmp_path / "labels.csv")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "--archive" in result.stderr


def test_the_digits_may_take_notebooks_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr("kagglebot.practice.__main__.serve", lambda competition, port: served.append(competition))
    assert main(["--notebooks"]) == 0
    assert served[0].notebooks_only and served[0].rerun_archive
    with pytest.raises(SystemExit):
        main(["--notebooks", "--archive", str(tmp_path / "any.zip")])
