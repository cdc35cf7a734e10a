import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kagglebot.kaggle import KaggleClient
from kagglebot.practice import write_competition


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
