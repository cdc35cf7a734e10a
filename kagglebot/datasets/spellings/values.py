"""Values of tables compared: as numbers where all of them are numbers, as text where any is a name."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

# Three digits of an exponent are enough: 1e999999999 would be written with a gigabyte of zeros.
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?[0-9]+")
_MOST_DIGITS = 100  # a label of 1e999 stays so
_WRITTEN = re.compile(r"([-+]?)([0-9]+)(.*)")


def is_number(text: str) -> bool:
    """Return whether a text is a number as tables write it; ``nan`` and ``inf`` are names."""
    return _NUMBER.fullmatch(text.strip()) is not None


def is_whole(text: str) -> bool:
    """Return whether a text is a whole number, however it is written: ``1``, ``1.0``, ``01``, ``1e0``."""
    return _WHOLE.fullmatch(canonical(text)) is not None


@lru_cache(maxsize=10_000)  # a table has few values, and each often
def canonical(text: str) -> str:
    """Return the shortest decimal spelling of a number; any other text without the spaces around it.

    >>> [canonical(text) for text in ("1", "1.0", "01", "1e0", "-0.50", " cat ")]
    ['1', '1', '1', '1', '-0.5', 'cat']
    """
    text = text.strip()
    if not is_number(text):
        return text
    plain = f"{Decimal(text):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def match(values: Sequence[str], known: Sequence[str]) -> list[int | None]:
    """Return the position of each value in ``known``, None for a value that is not in it.

    Values match as text, without the spaces around them. Where some do not, and both lists hold only numbers,
    they match as numbers, unless one number is in a list in two spellings: then these are names.

    >>> match(["1", "3"], ["1.0", "2.0", "3.0"]), match(["1", "3"], ["1.0", "2.0", "cat"])
    ([0, 2], [None, None])
    """
    found = _positions([value.strip() for value in values], [name.strip() for name in known])
    if None not in found or not all(map(is_number, {*values, *known})):
        return found
    numbers = [canonical(name) for name in known]
    if any(len(set(map(canonical, each))) < len({value.strip() for value in each}) for each in (values, known)):
        return found
    return _positions([canonical(value) for value in values], numbers)


def spell_like(names: Sequence[str], examples: Iterable[str]) -> list[str]:
    """Return whole numbers in the spelling of the examples; as they are where not all of both are whole numbers.

    Examples in no spelling that one program writes are as they are, and the other numbers plain.

    >>> spell_like(["1.0", "2.0"], ["0"]), spell_like(["1", "10"], ["01"]), spell_like(["1", "2"], ["0.0"])
    (['1', '2'], ['01', '10'], ['1.0', '2.0'])
    """
    spellings = {canonical(example): example.strip() for example in examples}
    numbers = list(map(canonical, names))
    if not spellings or not all(map(is_whole, [*names, *spellings])) or len(set(numbers)) < len(numbers):
        return list(names)
    spell = number_style(spellings.values()) or str
    short = dict(zip(numbers, names, strict=True)) if max(map(len, numbers)) > _MOST_DIGITS else {}
    spelled = {number: text for number in numbers if canonical(text := spell(number)) == number}  # 15 is not 2e+01
    return [spellings.get(number) or short.get(number) or spelled.get(number, number) for number in numbers]


def number_style(examples: Iterable[str]) -> Callable[[str], str] | None:
    """Return what spells a canonical whole number as all examples are; None where no spelling is that of all.

    They may have a sign, zeros before or after the number, a point, or an exponent.

    >>> [number_style(["-01", "00"])("2"), number_style(["+1"])("3"), number_style(["1e0", "2e0"])("3")]
    ['02', '+3', '3e0']
    """
    parts = [_WRITTEN.fullmatch(example) for example in examples]
    written = [part for part in parts if part]
    if not written or len(written) < len(parts):
        return None
    plus = any(part[1] == "+" for part in written)
    padded = [len(part[2]) for part in written if re.match("0[0-9]", part[2])]
    width, end = max(padded, default=1), written[0][3]
    digits = len(end.lower().partition("e")[0]) - 1

    def spell(number: str) -> str:
        sign = "-" if number.startswith("-") else "+" * plus
        return f"{sign}{number.lstrip('-').zfill(width)}{end}"

    def spell_scientific(number: str) -> str:
        return f"{float(number):{'+' * plus}.{max(digits, 0)}e}"

    styles = (spell_scientific, spell) if "e" in end else (spell,)
    known = [(canonical(part[0]), part[0]) for part in written]
    return next((style for style in styles if all(style(number) == text for number, text in known)), None)


def _positions(values: Sequence[str], known: Sequence[str]) -> list[int | None]:
    position = {name: index for index, name in enumerate(known)}
    return [position.get(value) for value in values]
