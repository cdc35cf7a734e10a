"""A competition that takes notebooks only, and a tiny export to submit, without long waits."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from practice_server import serving
from tiny_export import Submitting, write_export

from kagglebot.practice import PracticeCompetition, PracticeServer, write_competition
from kagglebot.submission import status, upload_once
from kagglebot.submission.notebooks import dataset_step, notebook_step, polling


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> PracticeCompetition:
    return write_competition(tmp_path_factory.mktemp("served"), notebooks_only=True)


@pytest.fixture
def server(served: PracticeCompetition, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    with serving(monkeypatch, served) as server:
        yield server


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(polling, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(upload_once, "_LIST_PAUSES", (0.0, 0.02))
    monkeypatch.setattr(status, "_FIRST_WAIT", 0.05)
    monkeypatch.setattr(notebook_step, "LOG_SECONDS", 0.5)
    for step in (dataset_step, notebook_step):
        monkeypatch.setattr(step, "HIDDEN_SECONDS", 0.2)


@pytest.fixture
def submitting(server: PracticeServer, tmp_path: Path) -> Submitting:
    port = urlsplit(server.url).port
    assert port is not None
    return Submitting(tmp_path, write_export(tmp_path / "export", port))
