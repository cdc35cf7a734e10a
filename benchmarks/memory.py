"""Memory of a process and its children."""

import threading
import time
from types import TracebackType
from typing import Self

import psutil


def tree_bytes(process: psutil.Process) -> int:
    """Return the resident memory of a process tree; shared pages count in each process."""
    total = 0
    for each in (process, *_children(process)):
        try:
            total += each.memory_info().rss
        except psutil.Error:  # it ended meanwhile
            continue
    return total


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


class TreeMemory:
    """Sampler of a process tree's resident memory, used as a context manager.

    Args:
        pid: The root process; None for this one.
        pause: Seconds between samples.

    Attributes:
        samples: (monotonic seconds, bytes) of each sample.
    """

    def __init__(self, pid: int | None = None, pause: float = 0.1) -> None:
        self.samples: list[tuple[float, int]] = []
        self._process, self._pause = psutil.Process(pid), pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak(self) -> int:
        """The largest sample, in bytes."""
        return max((size for _, size in self.samples), default=0)

    def _sample(self) -> None:
        while not self._over.wait(self._pause):
            self.samples.append((time.monotonic(), tree_bytes(self._process)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
