"""Lists of names in a sentence, cut where they are long."""

from collections.abc import Sequence


def shorten(names: Sequence[object], most: int = 5) -> str:
    """Return the first names: ``a, b, c, …``."""
    return ", ".join(map(str, names[:most])) + (", …" if len(names) > most else "")


def listed(names: Sequence[object], most: int = 5) -> str:
    """Return the first names, and how many more there are: ``a, b, c and 4 more``."""
    return ", ".join(map(str, names[:most])) + (f" and {len(names) - most:,} more" if len(names) > most else "")
