"""A workspace with a fetched competition and a tiny study, what it tells the user, and a server to work on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kagglebot.paths import WorkspacePaths
from kagglebot.practice import PracticeCompetition, PracticeServer
from kagglebot.submission.notebooks import dataset_step, notebook_step, polling


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def workspace(tmp_path: Path, data: Path, notes: list[str]) -> WorkspacePaths:
    (tmp_path / "work/data").mkdir(parents=True)
    (tmp_path / "work/data" / "digits-practice").symlink_to(data)
    (tmp_path / "work/studies").mkdir()
    (tmp_path / "work/studies/tiny.toml").write_text('family = "mlp"\n[fixed]\nepochs = 1\n')
    return WorkspacePaths(tmp_path / "work", on_note=notes.append)


@pytest.fixture
def server(digits_competition: PracticeCompetition, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.1)
    for step in (dataset_step, notebook_step):
        monkeypatch.setattr(step, "HIDDEN_SECONDS", 0.2)
    with PracticeServer([digits_competition]) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server
