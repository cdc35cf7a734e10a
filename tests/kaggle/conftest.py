"""The practice server, the real client pointed at it, and none of this machine's credentials."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from practice_server import serving

from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition


@pytest.fixture(scope="session")
def competition(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("competition"))


@pytest.fixture(autouse=True)
def no_login(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in ("API_TOKEN", "USERNAME", "KEY", "CONFIG_DIR", "API_ENVIRONMENT"):
        monkeypatch.delenv(f"KAGGLE_{name}", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


@pytest.fixture
def server(competition: PracticeCompetition, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    with serving(monkeypatch, competition) as practice:
        yield practice


@pytest.fixture
def waits() -> list[str]:
    return []


@pytest.fixture
def client(server: PracticeServer, waits: list[str]) -> KaggleClient:
    return KaggleClient(
        retry=RetryPolicy(attempts=3, first_wait_seconds=0.001, longest_wait_seconds=2), on_wait=waits.append
    )
