"""Names that mean the same though they are spelled otherwise: ``IMG_7`` and ``img_007``, ``7.0`` and ``00007``."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from unicodedata import normalize

from kagglebot.datasets.values import match

_WHOLE = re.compile(r"(?<![^/])([0-9]+)\.0*(?![^/])")  # between slashes, nothing but a number
_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")


def folded_name(name: str) -> str:
    r"""Return what spellings of a name share that differ in case, composed letters and slashes.

    >>> folded_name(r"Train\IMG_007")
    'train/img_007'
    """
    return normalize("NFC", normalize("NFC", name.strip()).casefold()).replace("\\", "/")


def plain_name(name: str) -> str:
    r"""Return what all spellings of a name share: those of ``folded_name``, with numbers without zeros.

    >>> plain_name(r"Train\IMG_007"), plain_name("7.0")
    ('train/img_7', '7')
    """
    return _ZEROS.sub("", _WHOLE.sub(r"\1", folded_name(name)))


#: What is compared of names, one after the other.
SPELLINGS: tuple[Callable[[str], str], ...] = (str, folded_name, plain_name)


def match_names(names: Sequence[str], known: Sequence[str]) -> list[int | None]:
    """Return the position of each name in ``known``, None where it is not in it; of two spellings, neither.

    Names match as ``values.match`` does it; those that do not match so, by what their spellings share, where that
    is of one name only in each list.
    """
    found = match(names, known)
    for spell in SPELLINGS[1:]:
        if None not in found:
            break
        taken = set(found)
        counts = Counter(map(spell, known))
        asked = Counter(map(spell, {name.strip() for name in names}))
        free = {spell(name): position for position, name in enumerate(known) if position not in taken}
        for row, name in enumerate(names):
            key = spell(name)
            if found[row] is None and counts[key] == asked[key] == 1:
                found[row] = free.get(key)
    return found
