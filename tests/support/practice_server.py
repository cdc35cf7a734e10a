"""The practice server, where kagglebot sends its requests instead of to Kaggle."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from kagglebot.practice import PracticeCompetition, PracticeServer
from kagglebot.practice.faults import Faults


def point_at(server: PracticeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send kagglebot to a server, with credentials of its own, until ``monkeypatch`` is undone."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, *competitions: PracticeCompetition, faults: Faults | None = None
) -> Iterator[PracticeServer]:
    """Serve competitions for the block, and send kagglebot there."""
    with PracticeServer(competitions, faults=faults) as server:
        point_at(server, monkeypatch)
        yield server
