"""Names that mean the same though they are spelled otherwise: ``IMG_7`` and ``img_007``, ``7.0`` and ``00007``."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from unicodedata import category, normalize
from urllib.parse import unquote

from kagglebot.datasets.spellings.values import canonical, is_whole, match

_NUMBER = re.compile(
    r"(?<![^/])[-+]?[0-9]+(\.[0-9]*(e[-+]?[0-9]{1,3})?|e[-+][0-9]{1,3})?(?![^/])"
)  # alone between slashes
_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")
_SHORTENED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]+")


def folded_name(name: str) -> str:
    r"""Return what spellings of a name share that differ in case, composed letters and slashes.

    >>> folded_name(r"Train\IMG_007")
    'train/img_007'
    """
    return normalize("NFC", normalize("NFC", name.strip()).casefold()).replace("\\", "/")


def plain_name(name: str) -> str:
    r"""Return what all spellings of a name share: those of ``folded_name``, with plain numbers and signs.

    >>> plain_name(r"Train\IMG_007"), plain_name("7.0"), plain_name("1e+03"), plain_name("my%20cat")
    ('train/img_7', '7', '1000', 'my cat')
    """
    name = unquote(name) if "%" in name else name
    if not name.isascii():  # wide digits become digits, and marks that nobody sees nothing
        name = "".join(sign for sign in normalize("NFKC", name) if category(sign) != "Cf")
    return _ZEROS.sub("", _NUMBER.sub(_plain_number, folded_name(name)))


def _plain_number(match: re.Match[str]) -> str:
    return canonical(match[0]) if is_whole(match[0]) else match[0]


def other_spelling(name: str, names: Iterable[str]) -> str:
    """Return the first of other names that means the same; empty where none does."""
    plain = plain_name(name)
    return next((other for other in names if other != name and plain_name(other) == plain), "")


def lost_digits(name: str) -> str:
    """Return what to say of an id that a spreadsheet has shortened, such as 1.23E+08; empty for others."""
    return ", whose last digits a spreadsheet has left out" if _SHORTENED.fullmatch(name.strip()) else ""


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
