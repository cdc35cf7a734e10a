"""Worker processes that call one function with many chunks of work, and end when their parent does.

A worker is a new interpreter that imports only what the function needs. It reads chunks from its standard input,
and ends when that closes, so it never outlives its parent, even a killed one.

``ProcessPoolExecutor`` with the spawn context is no replacement. Each of its workers imports the main module of
the program once more, so a script without an ``if __name__`` guard fails with BrokenProcessPool. Its workers
outlive a killed parent. Where a worker dies, neither its exit code nor its last message is known. And it is not
faster: 2,000 JPEG files took 0.9, 1.0 and 1.6 s with it, and 1.1, 0.9 and 1.6 s with this module, in turn on two
busy cores.
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
from kagglebot.system.processes.child_processes import starting

_C = TypeVar("_C")
_R = TypeVar("_R")

_START = (
    "import sys; sys.path[:] = {path!r}; from kagglebot.datasets.images.processes.worker import serve; serve()"
)


@contextmanager
def run_chunks(function: Callable[[_C], _R], chunks: Sequence[_C], jobs: int) -> Iterator[Iterator[_R]]:
    """Yield an iterator over ``function(chunk)`` for every chunk, in order; the workers end with the block.

    The function is one of a module, or a partial of one; it, chunks and results are pickled. With one job the work
    is done in this process.

    Raises:
        DataError: A worker was killed.
        KagglebotError, OSError, MemoryError: The function raised it.
        RuntimeError: The function raised another exception; the message is its traceback.
    """
    jobs = min(jobs, len(chunks))
    if jobs <= 1:
        yield map(function, chunks)
        return
    workers = [_Worker(function) for _ in range(jobs)]
    idle: SimpleQueue[_Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def call(chunk: _C) -> _R:
        worker = idle.get()
        try:
            result: _R = worker.call(chunk)
        finally:
            idle.put(worker)
        return result

    pool = ThreadPoolExecutor(jobs, thread_name_prefix="image_workers")
    try:
        yield pool.map(call, chunks)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()  # a thread that waits for its result gets an error, and ends too
        pool.shutdown()


class _Worker:
    """A worker process, as its parent sees it."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # a pipe that nobody reads would fill up
        with starting(tracker=False):
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
            )
        self._function = pickle.dumps(function)  # sent once, before the first chunk

    def call(self, chunk: object) -> Any:
        requests, results = self._process.stdin, self._process.stdout
        assert requests is not None
        assert results is not None
        try:
            requests.write(self._function + pickle.dumps(chunk))
            requests.flush()
            self._function = b""
            result, error = pickle.load(results)
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as lost:
            raise self._ended_error() from lost
        if error is not None:
            raise error
        return result

    def _ended_error(self) -> DataError:
        code = self._process.wait()
        if code < 0:
            return DataError(
                f"A process that reads images was ended by signal {-code}.",
                "Most often memory ran out: close other programs, and run the same command again.",
            )
        self._stderr.seek(0)
        *_, last = "", *self._stderr.read().decode(errors="replace").strip().splitlines()
        return DataError(
            f"A process that reads images ended with code {code}: {last}.",
            "Run `kagglebot doctor` to see whether all that it needs is installed.",
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._stderr.close()
