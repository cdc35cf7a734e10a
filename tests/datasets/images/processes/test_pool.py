import operator
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from kagglebot.datasets.images.processes.pool import run_chunks
from kagglebot.errors import DataError

PARENT = """
import time
from kagglebot.datasets.images.processes.pool import run_chunks
with run_chunks(time.sleep, [0.01, 60, 60], 2) as results:
    next(results)
    print("started", flush=True)
    next(results)
"""


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_chunks(jobs: int) -> None:
    chunks = [[0.2], *([0.0] for _ in range(20)), [0.1]]
    with run_chunks(partial(map, time.sleep), [], jobs) as none:
        assert list(none) == []
    with run_chunks(max, [[*chunk, number] for number, chunk in enumerate(chunks)], jobs) as results:
        assert list(results) == [0.2, *range(1, 22)]


def test_workers_import_no_more_than_the_function_needs() -> None:
    modules = "__import__('kagglebot.datasets.images.processes.chunks') and sorted(__import__('sys').modules)"
    with run_chunks(eval, [modules, "0"], 2) as results:
        loaded = set(next(results))
    heavy = {"pandas", "tensorflow", "sklearn", "optuna", "pyarrow", "typer", "rich", "pytest"}
    assert {"numpy", "PIL.Image"} <= loaded
    assert not loaded & heavy


def test_an_error_that_a_user_can_cause_arrives_as_it_was() -> None:
    with run_chunks(os.listdir, ["/", "/absent"], 2) as results, pytest.raises(FileNotFoundError, match="/absent"):
        list(results)


def test_a_bug_arrives_with_its_traceback() -> None:
    with (
        run_chunks(partial(operator.truediv, 1), [1, 0], 2) as results,
        pytest.raises(RuntimeError, match="ZeroDivisionError"),
    ):
        list(results)


def test_a_worker_that_ends_by_itself_is_an_error_with_its_last_words() -> None:
    with (
        run_chunks(
            eval, ["__import__('os').write(2, b'out of luck') and __import__('os')._exit(3)", "1"], 2
        ) as results,
        pytest.raises(DataError, match="ended with code 3: out of luck"),
    ):
        list(results)


def test_what_a_function_prints_is_no_result() -> None:
    with run_chunks(eval, ["print('noise') or 1", "__import__('os').write(1, b'noise')"], 2) as results:
        assert list(results) == [1, 5]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_their_parent(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[4],
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        workers = psutil.Process(parent.pid).children()
        assert len(workers) == 2
        parent.send_signal(number)
        parent.wait(10)
    outlived = psutil.wait_procs(workers, timeout=5)[1]
    for worker in outlived:
        worker.kill()
    assert outlived == []
