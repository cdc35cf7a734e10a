"""Worker processes that do one function on many chunks of work, and end with their parent, whatever ends it.

A worker is a new interpreter that imports what the function needs and nothing of the program that started it
(``multiprocessing`` would run that program's main module once more in each). It reads chunks from its standard
input, and ends when that closes, so it never outlives its parent.
"""

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

from kagglebot.errors import DataError

_C = TypeVar("_C")
_R = TypeVar("_R")

_START = (
    "import sys; sys.path[:] = {path!r}; from kagglebot.datasets.images.process_pool_worker import serve; serve()"
)


@contextmanager
def run_chunks(function: Callable[[_C], _R], chunks: Sequence[_C], jobs: int) -> Iterator[Iterator[_R]]:
    """Give ``function(chunk)`` for every chunk, in their order; the workers end with the block.

    Args:
        function: A function of a module, or a partial of one: it runs in the workers, and it, chunks and results
            are pickled.
        chunks: What it is called with.
        jobs: Worker processes; with one the work is done in this process.

    Raises:
        DataError: A worker was killed.
        Exception: What the function raised: as it was for ``KagglebotError``, ``OSError`` and ``MemoryError``.
    """
    jobs = min(jobs, len(chunks))
    if jobs <= 1:
        yield map(function, chunks)
        return
    workers = [_Worker(function) for _ in range(jobs)]
    idle: SimpleQueue[_Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def ask(chunk: _C) -> _R:
        worker = idle.get()
        try:
            answer: _R = worker.ask(chunk)
        finally:
            idle.put(worker)
        return answer

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="process_pool")
    try:
        yield pool.map(ask, chunks)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()  # a thread that waits for an answer gets none, and ends too
        pool.shutdown()


class _Worker:
    """The parent's end of a worker process."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # a pipe that nobody reads would fill up
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )
        self._first = pickle.dumps(function)

    def ask(self, chunk: object) -> Any:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        try:
            requests.write(self._first + pickle.dumps(chunk))
            requests.flush()
            self._first = b""
            result, error = pickle.load(answers)
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as lost:
            raise self._ended() from lost
        if error is not None:
            raise error
        return result

    def _ended(self) -> DataError:
        code = self._process.wait()
        if code < 0:
            return DataError(
                f"A process that reads images was ended by signal {-code}.",
                "Most often memory ran out: close other programs, and run the same command again.",
            )
        self._said.seek(0)
        *_, last = "", *self._said.read().decode(errors="replace").strip().splitlines()
        return DataError(
            f"A process that reads images ended with code {code}: {last}.",
            "Run `kagglebot doctor` to see whether everything it needs is there.",
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._said.close()
