"""Names that mean the same though they are spelled otherwise: ``IMG_7`` and ``img_007``, ``7.0`` and ``00007``."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from kagglebot.datasets.values import match

_WHOLE = re.compile(r"[0-9]+\.0*")
_ZEROS = re.compile(r"(?<![0-9.])0+(?=[0-9])")


def plain_name(name: str) -> str:
    r"""Return what all spellings of a name share: its letters in lower case, with /, and numbers without zeros.

    >>> plain_name(r"Train\IMG_007"), plain_name("7.0")
    ('train/img_7', '7')
    """
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())
    name = name.partition(".")[0] if _WHOLE.fullmatch(name) else name
    return _ZEROS.sub("", name.replace("\\", "/"))


def match_names(names: Sequence[str], known: Sequence[str]) -> list[int | None]:
    """Return the position of each name in ``known``, None where it is not in it; of two spellings, neither.

    Names match as ``values.match`` does it; those that do not match so, by what their spellings share, where that
    is of one name only in each list.
    """
    found = match(names, known)
    if None not in found:
        return found
    taken = set(found)
    counts = Counter(map(plain_name, known))
    asked = Counter(map(plain_name, {name.strip() for name in names}))
    plain = {plain_name(name): position for position, name in enumerate(known) if position not in taken}
    for row, name in enumerate(names):
        key = plain_name(name)
        if found[row] is None and counts[key] == asked[key] == 1:
            found[row] = plain.get(key)
    return found
