"""What the pool's processes are started with; no process is started here."""

import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from kagglebot.search.workers.local_pool import LocalPool, growth_bytes


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
