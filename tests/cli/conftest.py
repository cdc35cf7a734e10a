"""Commands run in an empty folder; whole_commands/ holds the tests that take a command from start to finish."""

import pytest


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Commands run in an empty folder, 80 columns wide, with nobody's settings or credentials."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no-credentials"))
    for name in ("KAGGLEBOT_WORKSPACE", "KAGGLEBOT_KAGGLE_URL", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
