"""Names of competitions: parsed from what users type, and suggested when mistyped."""

import difflib
import re
from collections.abc import Callable, Iterable

from kagglebot.errors import UsageError

#: The rule for names of competitions, which are Kaggle's, and of studies: safe as the name of a folder anywhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def competition_slug(text: str) -> str:
    """Return the name in ``text``, which may be the name itself or the address of the competition's page.

    Raises:
        UsageError: It is neither. A name that is returned is always safe as a folder's name.
    """
    path = re.sub(r"^(https?://)?(www\.)?kaggle\.com/(competitions|c)/", "", text.strip(), flags=re.IGNORECASE)
    name = path if path == text.strip() else re.split("[/?#]", path)[0]
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{text[:100]!r} is not the name of a competition.",
            "The name is the last part of its address: kaggle.com/competitions/NAME.",
        )
    return name


def related_names(name: str, search: Callable[[str], Iterable[str]]) -> list[str]:
    """Return names that Kaggle finds for a mistyped one; stops early if the name itself exists.

    Args:
        name: The name that was typed.
        search: Returns the names that Kaggle finds for a text.
    """
    words = [word for word in re.split(r"[-_]+", name) if len(word) > 3]
    beginnings = [word[:4] for word in words if len(word) > 6]  # the mistake is rarely at the start
    found: list[str] = []
    for text in dict.fromkeys([name, *words[:3], *beginnings[:2]]):
        found += search(text)
        if name in found:
            break
    return list(dict.fromkeys(found))


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three of ``names`` with a similar spelling, the closest first."""
    return difflib.get_close_matches(name, names, n=3, cutoff=0.6)
