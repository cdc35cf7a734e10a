"""What pools and workers tell each other, without shared memory."""

import multiprocessing
import os
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from kagglebot.search.workers.local_pool import LocalPool
from kagglebot.search.workers.pool_connection import PoolConnection, StopFlag


@pytest.fixture
def no_shared_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/shm is read-only: semaphores, and events and locks made of them, cannot be made."""

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", refuse)
    with pytest.raises(OSError, match="Read-only"):
        multiprocessing.get_context("spawn").Event()


def test_a_flag_that_one_sets_is_set_for_all() -> None:
    flag = StopFlag()
    assert not flag.is_set()
    for _ in range(10_000):
        flag.set()
    assert flag.is_set() and flag.is_set()


@pytest.mark.usefixtures("no_shared_memory")
@pytest.mark.parametrize("trials", [3, None])
def test_workers_get_as_many_trials_as_are_asked_for(trials: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, workers = _pool(trials, monkeypatch)
    assert _ask(pool, workers[0]) and _ask(pool, workers[1])
    workers[1].return_trial()
    pool.listen()
    assert _ask(pool, workers[0]) and _ask(pool, workers[1])
    assert _ask(pool, workers[0]) is (trials is None)


def test_a_worker_that_waits_for_a_trial_sees_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, (worker, _) = _pool(1, monkeypatch)
    pool.stop.set()
    assert not worker.next_trial()


def test_a_worker_that_is_not_ready_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool, (worker, _) = _pool(2, monkeypatch)
    assert _ask(pool, worker)
    pool.stop.set()
    pool.listen()
    assert [each.process.killed for each in pool._workers] == [False, True]  # type: ignore[attr-defined]


def _pool(trials: int | None, monkeypatch: pytest.MonkeyPatch) -> tuple[LocalPool, list[PoolConnection]]:
    """Return a pool and the connections of its two workers, whose processes are not started."""
    connections: list[PoolConnection] = []

    class Process:
        def __init__(self, target: Any, args: Any, kwargs: Any, daemon: bool) -> None:
            own: PoolConnection = kwargs["pool"]
            connections.append(PoolConnection(Connection(os.dup(own.events.fileno())), own.stop))

            self.killed = False

        def start(self) -> None:
            """Start nothing."""

        def kill(self) -> None:
            """Take note of it."""
            self.killed = True

    context = multiprocessing.get_context("spawn")
    monkeypatch.setattr(context, "Process", Process, raising=False)
    pool = LocalPool(_Search(), None, trials, lambda event: None, jobs=2, threads=1)  # type: ignore[arg-type]
    monkeypatch.setattr(pool, "look_for_stale_trials", lambda: None)
    pool.start()
    return pool, connections


class _Search:
    location = Path()
    memory = None

    def seconds_left(self) -> None:
        """Return no limit."""


def _ask(pool: LocalPool, worker: PoolConnection) -> bool:
    """Ask for a trial as the worker does, while the pool listens."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(worker.next_trial()))
    thread.start()
    while thread.is_alive():
        pool.listen()
    return answers[0]
