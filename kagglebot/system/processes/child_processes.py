"""The start of other processes of ours: whatever is in the current folder, and whenever a signal arrives."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kagglebot.system.processes.environment import environment
from kagglebot.system.processes.streams import open_missing_streams

SignalHandler = Callable[[int, FrameType | None], object] | signal.Handlers
#: Signals that a terminal or a service manager sends to all processes of a program at once.
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

#: Seconds within which a signal that comes again is the same one.
_SAME_SECONDS = 2.0


@contextmanager
def starting(*, tracker: bool = True) -> Iterator[None]:
    """Start processes in the block, by multiprocessing or, without its resource ``tracker``, by subprocess.

    They import nothing from the current folder, where a ``types.py`` of the user's may be. They get no signal of a
    terminal before they call ``leave_signals``; the resource tracker, which would report lost names, never does.
    """
    open_missing_streams()
    with environment({"PYTHONSAFEPATH": "1"}), _without_signals():
        if tracker and os.name != "nt":
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # it unblocks signals
            with _without_signals():
                yield
        else:
            yield


@contextmanager
def _without_signals() -> Iterator[None]:
    """Hold signals back until the end of the block, and from processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def once(handler: Callable[[int, FrameType | None], object]) -> Callable[[int, FrameType | None], None]:
    """Return a handler that takes a signal which comes again within two seconds for the same one, but for Ctrl-C.

    ``timeout`` and service managers send a signal to the process and to its group.
    """
    last: dict[int, float] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        before, last[number] = last.get(number, -math.inf), time.monotonic()
        if number == signal.SIGINT or last[number] - before > _SAME_SECONDS:
            handler(number, frame)

    return handle


def leave_signals(sigterm: SignalHandler) -> None:
    """Leave Ctrl-C and a closed terminal to the parent process, and handle SIGTERM by ``sigterm``."""
    for number in _SIGNALS:
        signal.signal(number, sigterm if number == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
