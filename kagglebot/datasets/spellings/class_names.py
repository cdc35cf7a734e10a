"""Names of classes in other spellings: those of a sample submission beside those of the training data."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from unicodedata import normalize

from kagglebot.datasets.spellings.names import plain_name
from kagglebot.datasets.spellings.values import canonical, is_number, match

_CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.title, str.capitalize)
_FORMS: tuple[Callable[[str], str], ...] = (str, partial(normalize, "NFC"), partial(normalize, "NFD"))
_BETWEEN = [(" ", " "), *((old, new) for old in " _-" for new in (" ", "_", "-", "") if old != new)]
_OPPOSITE = {"0": "false", "1": "true", "false": "0", "true": "1"}


def plain_spelling(name: str) -> str:
    """Return the letters and numbers of a name: ``fathen`` of "Fat_Hen", ``v1x5`` of "v1.5".

    A number, and a name without letters such as ``+``, is as it is.
    """
    if is_number(name):
        return name
    return re.sub(r"[\W_]", "", re.sub(r"(?<=[0-9])[\W_]+(?=[0-9])", "x", plain_name(name))) or name


def match_spellings(values: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Match values with the names of classes; where some do not match, by their letters and digits alone."""
    found = match(values, names)
    plain, known = [plain_spelling(value) for value in values], [plain_spelling(name) for name in names]
    if None not in found or len({*plain}) < len(plain) or len({*known}) < len(known):
        return found
    return match(plain, known)


def match_columns(columns: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Return the index of the class of each column: of its name, perhaps after a prefix that all columns share."""
    prefixes = [columns[0][:end].lower() for end in range(len(columns[0]) + 1)]
    # No prefix ends within a number: "class_10" and "class_11" are not the classes 0 and 1.
    prefixes = [prefix for prefix in prefixes if not re.search(r"(^[-+.]|[0-9]\.?)$", prefix)]
    ends = [len(prefix) for prefix in prefixes if all(column.lower().startswith(prefix) for column in columns)]
    matches = [match_spellings([column[end:] for column in columns], names) for end in ends]
    return max(matches, key=lambda positions: len(positions) - positions.count(None))


def spell_names_like(names: Sequence[str], values: Sequence[str], found: Sequence[int | None]) -> list[str]:
    """Return the names in the case, with the spaces and in the Unicode form of the values found among them.

    Where the values differ from their names in another way, or not all in one way, the names are as they are.

    >>> spell_names_like(["fat hen", "maize"], ["Fat_Hen"], [0])
    ['Fat_Hen', 'Maize']
    """
    shown = [(names[index], value) for index, value in zip(found, values, strict=True) if index is not None]
    for form, (old, new), case in product(_FORMS, _BETWEEN, _CASES):
        spelled = {name: form(case(name).replace(old, new)) for name in names}
        if all(spelled[name] == value for name, value in shown) and len({*spelled.values()}) == len(names):
            return list(spelled.values())
    return list(names)


def other_names(names: Sequence[str]) -> list[list[str]]:
    """Return what else a sample submission may call the classes.

    They are false and true for 0 and 1, and the reverse; or the numbers at the end of names that are else alike.

    >>> other_names(["False", "True"]), other_names(["class_1", "class_02"])
    ([['0', '1']], [['1', '2']])
    """
    plain = [canonical(name).casefold() for name in names]
    if sorted(plain) in (["0", "1"], ["false", "true"]):
        return [[_OPPOSITE[name] for name in plain]]
    ends = [end for name in plain if (end := re.fullmatch(r"(.*[^0-9.])([0-9]+)", name))]
    numbers = [canonical(end[2]) for end in ends]
    alike = len({end[1] for end in ends}) == 1 and len(set(numbers)) == len(names)
    return [numbers] if alike else []


def natural_order(names: Sequence[str]) -> list[int]:
    """Return the positions of the names in alphabetical order, with the numbers in them in numeric order."""
    parts = [re.split("([0-9]+)", name) for name in names]
    keys = [[int(part) if place % 2 else part for place, part in enumerate(each)] for each in parts]
    return sorted(range(len(names)), key=keys.__getitem__)
