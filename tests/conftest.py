import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import NoPostgres, Postgres, postgres

# Before anything imports TensorFlow: its start-up notes belong in no test's output.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# A shell starts what runs in its background deaf to Ctrl-C, and so would be every process that a test interrupts.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's credentials, workspace or Kaggle endpoint."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in list(os.environ):
        if name.startswith(("KAGGLE_", "KAGGLEBOT_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def digits_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``data/COMPETITION`` of the practice competition, fetched; read only."""
    from kagglebot.datasets.dataset import ingest
    from kagglebot.practice.competition import write_competition

    folder = tmp_path_factory.mktemp("digits")
    competition = write_competition(folder / "archive")
    ingest(competition.archive, folder / "data", competition=competition.name)
    return folder / "data"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL server; its password is one to look for where it should not be."""
    try:
        with postgres("canary-Zp7/secret@1", durable=False) as server:
            yield server
    except NoPostgres as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}: .ci/parts installs it")
        pytest.skip(str(missing))
