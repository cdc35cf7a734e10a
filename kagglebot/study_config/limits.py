"""The limits of the numbers that commands, programs and definitions give a search or a training."""

from numbers import Integral, Real
from typing import Any

from pydantic import BeforeValidator

from kagglebot.errors import UsageError

#: The least and the most of each, by the name that it has everywhere. A seed's are those of NumPy, scikit-learn
#: and Optuna together; ten years are a time that every clock can add.
_LIMITS: dict[str, tuple[int, int]] = {
    "seed": (0, 2**32 - 1),
    "trials": (1, 10**9),
    "timeout_seconds": (0, 10 * 365 * 24 * 3600),
    "jobs": (1, 1024),
    "sessions": (1, 1024),
    "threads": (1, 1024),
    "ensemble": (1, 1024),
}


#: Those that need not be whole.
_FRACTIONS = {"timeout_seconds"}


def check_limits(**numbers: Any) -> None:
    """Check that each number, by its name, is a number within its limits; None is not given.

    Raises:
        UsageError: One is not.
    """
    for name, number in numbers.items():
        if number is not None and (problem := _problem(name, number)):
            raise UsageError(f"{name} {problem}.", "Correct it and run the same command again.")


def limited(name: str) -> BeforeValidator:
    """Return the same check for a key of a definition."""

    def check(number: Any) -> Any:
        if number is not None and (problem := _problem(name, number)):
            raise ValueError(problem)
        return number

    return BeforeValidator(check)


def _problem(name: str, number: Any) -> str:
    kind: Any = Real if name in _FRACTIONS else Integral
    if isinstance(number, bool) or not isinstance(number, kind):
        return f"must be a {'number' if name in _FRACTIONS else 'whole number'}, not {number!r}"
    least, most = _LIMITS[name]
    return "" if least <= number <= most else f"must be from {least} to {most}, not {number}"
