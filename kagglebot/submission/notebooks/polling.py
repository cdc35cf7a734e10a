"""Waiting for what Kaggle does: looks that grow rarer."""

import time
from collections.abc import Callable
from typing import TypeVar

from kagglebot.system.progress import ProgressCallback

T = TypeVar("T")
#: Seconds before the second look, and the longest between two.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0


def poll(
    look: Callable[[], T | None], what: str, timeout_seconds: float, on_progress: ProgressCallback
) -> T | None:
    """Look until there is something, and return it; None after ``timeout_seconds``.

    Args:
        look: Returns what is waited for, or None.
        what: What the progress says meanwhile.
        timeout_seconds: How long to wait; 0 looks once.
        on_progress: Called before each wait, with the seconds so far.
    """
    started, pause = time.monotonic(), FIRST_PAUSE
    while True:
        found = look()
        waited = time.monotonic() - started
        if found is not None or waited >= timeout_seconds:
            return found
        on_progress(what, int(waited), None)
        time.sleep(min(pause, max(0.0, timeout_seconds - waited)))
        pause = min(1.5 * pause, LONGEST_PAUSE)
