"""How a worker process begins; here it is this process, and it is given no trials."""

import gc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kagglebot.search.workers import loop, worker_process
from kagglebot.search.workers.worker_process import WorkerExit, run_worker


def test_garbage_is_searched_for_neither_during_imports_nor_among_what_they_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen: list[int] = []
    searched: list[bool] = []
    sent: list[Any] = []

    def run_trials(*_: Any) -> WorkerExit:
        frozen.append(gc.get_freeze_count())
        searched.append(gc.isenabled())
        return WorkerExit(exhausted=True)

    monkeypatch.setattr(worker_process, "begin", lambda log, sigterm: None)
    monkeypatch.setattr(worker_process, "limit_threads", lambda count: None)
    monkeypatch.setattr(loop, "open_worker", lambda search, **_: searched.append(gc.isenabled()))
    monkeypatch.setattr(worker_process, "_run_trials", run_trials)
    search: Any = SimpleNamespace(location=SimpleNamespace(folder=tmp_path))
    pool: Any = SimpleNamespace(
        stop=SimpleNamespace(is_set=lambda: False), send=sent.append, events=SimpleNamespace(close=lambda: None)
    )
    gc.unfreeze()
    try:
        run_worker(search, 0, threads=1, growth_bytes=0, pool=pool)
    finally:
        gc.unfreeze()
    assert searched == [False, True]
    assert frozen[0] > 1_000
    assert sent == [WorkerExit(exhausted=True)]
    assert not list((tmp_path / "workers").iterdir())
