"""The packages that go along to Kaggle."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kagglebot.errors import DataError
from kagglebot.remote.packages import PACKAGES, download_packages


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that were started, each of which does nothing."""
    started: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        started.append(command)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return started


def test_the_named_ones_alone_in_the_versions_of_here(commands: list[list[str]], tmp_path: Path) -> None:
    download_packages(tmp_path)
    ((python, *words),) = commands
    assert python == sys.executable and words[:3] == ["-m", "pip", "download"]
    assert "--no-deps" in words and words[words.index("--dest") + 1] == str(tmp_path)
    assert [word.partition("==")[0] for word in words if "==" in word] == list(PACKAGES)


def test_a_failure_is_an_error_with_what_pip_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    failed = SimpleNamespace(returncode=1, stderr="warning\nERROR: no matching distribution\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(DataError, match="no matching distribution"):
        download_packages(tmp_path)
