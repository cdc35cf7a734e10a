import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chromium import Browser

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
def studied(tmp_path_factory: pytest.TempPathFactory, digits_data: Path) -> Path:
    """A workspace with the studies ``net`` and ``wide``, whose trials never ran; read only."""
    from studied import make_workspace

    return make_workspace(tmp_path_factory.mktemp("studied"), digits_data)


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A real browser without a window."""
    from chromium import start

    browser = start()
    yield browser
    browser.driver.quit()


@pytest.fixture(scope="session")
def digits_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``data/COMPETITION`` of the practice competition, fetched; read only."""
    from kagglebot.datasets.dataset import ingest
    from kagglebot.practice.competition import write_competition

    folder = tmp_path_factory.mktemp("digits")
    competition = write_competition(folder / "archive")
    ingest(competition.archive, folder / "data", competition=competition.name)
    return folder / "data"
