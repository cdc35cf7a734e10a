"""Callbacks through which long tasks report their progress."""

from collections.abc import Callable

from kagglebot.system.logging import LOGGER

#: Called with the phase ("downloading"), the amount done, and the total or None where it is unknown.
ProgressCallback = Callable[[str, int, int | None], None]


def no_progress(phase: str, done: int, total: int | None) -> None:
    """Show nothing: the default of every ``on_progress``."""


def log_phases(on_progress: ProgressCallback | None) -> ProgressCallback:
    """Return a callback that logs each new phase, then calls ``on_progress``."""
    last = ""

    def report(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if phase != last:
            last = phase
            LOGGER.debug("%s", phase)
        (on_progress or no_progress)(phase, done, total)

    return report
