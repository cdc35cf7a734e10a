"""The memory of a process and of all it started."""

import threading
import time
from types import TracebackType
from typing import Self

import psutil


def tree_bytes(process: psutil.Process) -> int:
    """Resident memory of a process tree; pages that processes share count in each of them."""
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
    """Looks at a process tree's resident memory from ``with`` until its end.

    Args:
        pid: The root; None for this process.
        pause: Seconds between two looks.

    Attributes:
        samples: (monotonic seconds, bytes) of each look.
    """

    def __init__(self, pid: int | None = None, pause: float = 0.1) -> None:
        self.samples: list[tuple[float, int]] = []
        self._process, self._pause = psutil.Process(pid), pause
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def peak(self) -> int:
        """The most that was seen, in bytes."""
        return max((size for _, size in self.samples), default=0)

    def _look(self) -> None:
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
