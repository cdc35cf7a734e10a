"""How services tell how far they are, without knowing who shows it."""

from collections.abc import Callable

from kagglebot.system.logging import LOGGER

#: Called with the phase ("downloading"), the amount done, and the total or None where it is unknown.
Progress = Callable[[str, int, int | None], None]


def silent(phase: str, done: int, total: int | None) -> None:
    """Show nothing: the default where the caller does not care."""


def log_phases(progress: Progress | None) -> Progress:
    """Give a callback that writes each new phase into the log before it tells ``progress``."""
    last = ""

    def take(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if phase != last:
            last = phase
            LOGGER.debug("%s", phase)
        (progress or silent)(phase, done, total)

    return take
