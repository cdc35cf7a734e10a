"""What the pool's processes are started with; no process is started here."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from kagglebot.callbacks.events import Event
from kagglebot.search.workers.local_pool import LocalPool, _Worker, growth_bytes
from kagglebot.search.workers.pool_connection import TrialRequest
from kagglebot.search.workers.worker_process import WorkerExit


class _Search:
    location = Path()
    memory = None


@pytest.mark.parametrize(
    ("cards", "seen"), [(("GPU-0", "GPU-1", "GPU-0"), ["GPU-0", "GPU-1", "GPU-0", "GPU-1"]), ((), ["0,1"] * 4)]
)
def test_each_worker_sees_its_own_card_alone_and_so_does_the_one_that_replaces_it(
    cards: tuple[str, ...], seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    class Process:
        def __init__(self, **_: Any) -> None:
            pass

        def start(self) -> None:
            found.append(os.environ["CUDA_VISIBLE_DEVICES"])

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setattr(multiprocessing.get_context("spawn"), "Process", Process, raising=False)
    pool = LocalPool(_Search(), None, 9, lambda event: None, jobs=3, threads=1, cards=cards)  # type: ignore[arg-type]
    pool.start()
    pool._start_worker(1)
    assert found == seen
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"


@pytest.mark.parametrize(
    ("memory", "growth"),
    [(None, 48_000_000), (4e8, 48_000_000), (1.6e9, 100_000_000), (16e9, 256_000_000)],
)
def test_a_worker_may_gain_a_share_of_its_memory_before_it_is_replaced(memory: float | None, growth: int) -> None:
    assert growth_bytes(memory) == growth


class _LateSearch(_Search):
    def __init__(self, left: float | None) -> None:
        self.left = left

    def seconds_left(self) -> float | None:
        return self.left


class _Starting:
    """The process of a worker that imports TensorFlow; it ends when it is killed."""

    exitcode = -9

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def kill(self) -> None:
        self._pipe.close()

    def join(self) -> None:
        pass


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> tuple[_Worker, list[int]]:
    """A worker that is not ready, and the numbers of those that are started after it."""
    started: list[int] = []
    monkeypatch.setattr(LocalPool, "_start_worker", lambda pool, number: started.append(number))
    monkeypatch.setattr(LocalPool, "look_for_stale_trials", lambda pool: None)
    ours, theirs = multiprocessing.Pipe()
    return _Worker(0, _Starting(theirs), ours), started  # type: ignore[arg-type]


@pytest.mark.parametrize(("left", "replaced"), [(None, [0]), (9.0, [0]), (7.0, [])])
def test_a_worker_is_not_replaced_by_one_that_would_not_be_ready_in_time(
    left: float | None, replaced: list[int], starting: tuple[_Worker, list[int]]
) -> None:
    worker, started = starting
    pool = LocalPool(_LateSearch(left), None, None, print, jobs=1, threads=1)  # type: ignore[arg-type]
    worker.started -= 8
    pool._answer(worker, TrialRequest.RETURNED)
    pool._end(worker, WorkerExit(replace=True))
    assert started == replaced


@pytest.mark.parametrize(("left", "works"), [(-0.1, False), (100.0, True)])
def test_a_worker_that_has_not_begun_when_the_time_is_over_is_not_waited_for(
    left: float, works: bool, starting: tuple[_Worker, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, started = starting
    told: list[Event] = []
    pool = LocalPool(_LateSearch(left), None, None, told.append, jobs=1, threads=1)  # type: ignore[arg-type]
    pool._workers = [worker]
    pool.listen()
    assert pool.is_working() == works
    assert started == [] and told == [] and pool.error is None


def test_why_no_trial_ended_names_how_long_a_worker_took_to_start(starting: tuple[_Worker, list[int]]) -> None:
    worker, _ = starting
    pool = LocalPool(_LateSearch(0.0), None, None, print, jobs=1, threads=1)  # type: ignore[arg-type]
    pool._workers = [worker]
    worker.started -= 8
    assert pool.why_none_ended(9).startswith("No trial began within 9 s, as no worker was ready")
    pool._answer(worker, TrialRequest.RETURNED)
    assert pool.why_none_ended(9) == "No trial ended within 9 s, of which a worker took 8.0 s to start."
