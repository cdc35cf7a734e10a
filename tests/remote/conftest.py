"""A workspace with a fetched competition and a tiny study, and what it tells the user."""

from pathlib import Path

import pytest

from kagglebot.paths import WorkspacePaths


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
