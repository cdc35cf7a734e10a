"""A workspace with a fetched competition and a tiny study, what it tells the user, and short waits."""

from pathlib import Path

import pytest

from kagglebot.paths import WorkspacePaths
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


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.1)
    for step in (dataset_step, notebook_step):
        monkeypatch.setattr(step, "HIDDEN_SECONDS", 0.2)
