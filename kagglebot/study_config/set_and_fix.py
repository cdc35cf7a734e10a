"""Restrictions of one search to a part of the space: ``--set filters=16,32``, ``--fix kernel=3``."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kagglebot.errors import UsageError
from kagglebot.study_config.space import Dimension, Value


@dataclass(frozen=True)
class Restriction:
    """Some values of a parameter, or a part of its range from ``low`` to ``high``."""

    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None

    def contains(self, value: Any) -> bool:
        """Return whether the restriction allows a value."""
        if self.low is None or self.high is None:
            return value in self.values
        return bool(self.low <= value <= self.high)

    def draw(self, rng: np.random.Generator, dimension: Dimension) -> Any:
        """Draw an allowed value; from a range in the steps and on the scale of its dimension."""
        if self.low is None or self.high is None:
            return self.values[int(rng.integers(len(self.values)))]
        assert dimension.low is not None
        if dimension.log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        elif steps := _steps(dimension, self.low, self.high):
            value = dimension.low + (dimension.step or 1) * int(rng.integers(steps.start, steps.stop))
        else:
            value = rng.uniform(self.low, self.high)
        # Steps of a float may overshoot the end by a rounding.
        return round(value) if _is_whole(dimension) else min(max(float(value), self.low), self.high)


def parse_restrictions(
    space: Mapping[str, Dimension], sets: Sequence[str], fixes: Sequence[str]
) -> dict[str, Restriction]:
    """Return the restrictions of ``--set`` and ``--fix`` by parameter.

    Args:
        space: The study's search space.
        sets: Texts such as "filters=16,32" or "learning_rate=1e-3..1e-2".
        fixes: Texts such as "kernel=3".

    Raises:
        UsageError: A text is not of that form, its parameter is not searched, or a value lies outside its range.
    """
    restrictions: dict[str, Restriction] = {}
    for option, text in [*(("--set", text) for text in sets), *(("--fix", text) for text in fixes)]:
        name, sign, right = text.partition("=")
        if not sign or not right:
            raise UsageError(f"{option} {text} is not of the form NAME=VALUE.", _FORMS)
        if name not in space:
            searched = ", ".join(sorted(space)) or "nothing"
            raise UsageError(
                f"{option} {text}: '{name}' is not searched by this study.", f"It searches {searched}."
            )
        if name in restrictions:
            raise UsageError(f"{option} {text}: '{name}' is restricted twice.", "Leave one of them out.")
        if option == "--set" and ".." in right:
            restrictions[name] = _range(text, right, space[name])
        else:
            restrictions[name] = _values(text, right.split(",") if option == "--set" else [right], space[name])
    return restrictions


_FORMS = "Write --set filters=16,32, --set learning_rate=1e-3..1e-2 or --fix kernel=3."


def _range(text: str, right: str, dimension: Dimension) -> Restriction:
    low, _, high = right.partition("..")
    ends = [_parse_value(low), _parse_value(high)]
    for end in ends:
        if not isinstance(end, int | float) or not dimension.spans(end):
            raise UsageError(f"--set {text}: {end!r} lies outside the study's range.", _FORMS)
    if ends[0] > ends[1]:
        raise UsageError(f"--set {text}: the range ends before it begins.", _FORMS)
    steps = _steps(dimension, *ends)
    if steps is not None and not steps:
        raise UsageError(f"--set {text}: none of the values that the study searches is in that range.", _FORMS)
    if _is_whole(dimension):
        ends = [math.ceil(ends[0]), math.floor(ends[1])]
    return Restriction(low=float(ends[0]), high=float(ends[1]))


def _is_whole(dimension: Dimension) -> bool:
    return isinstance(dimension.low, int) and isinstance(dimension.high, int)


def _steps(dimension: Dimension, low: float, high: float) -> range | None:
    """Return which steps of a dimension, counted from its low, are between two numbers; None where it has none."""
    if not (_is_whole(dimension) or dimension.step) or dimension.low is None:
        return None
    step = dimension.step or 1
    return range(
        math.ceil((low - dimension.low) / step - 1e-9), math.floor((high - dimension.low) / step + 1e-9) + 1
    )


def _values(text: str, parts: Sequence[str], dimension: Dimension) -> Restriction:
    values = [_parse_value(part.strip()) for part in parts]
    for value in values:
        if not dimension.contains(value):
            raise UsageError(f"{text}: {value!r} lies outside what the study searches.", _FORMS)
    return Restriction(values=tuple(values))


def _parse_value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)
