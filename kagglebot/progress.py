"""How services tell how far they are, without knowing who shows it."""

from collections.abc import Callable

#: Called with the phase ("downloading"), the amount done, and the total or None where it is unknown.
Progress = Callable[[str, int, int | None], None]


def silent(phase: str, done: int, total: int | None) -> None:
    """Show nothing: the default where the caller does not care."""
