"""The limits of the numbers that commands, programs and definitions give a search or a training."""

from pydantic import AfterValidator

from kagglebot.errors import UsageError

#: The least and the most of each, by the name that it has everywhere. A seed's are those of NumPy, scikit-learn
#: and Optuna together; ten years are a time that every clock can add.
_LIMITS: dict[str, tuple[int, int]] = {
    "seed": (0, 2**32 - 1),
    "trials": (1, 10**9),
    "timeout_seconds": (0, 10 * 365 * 24 * 3600),
    "jobs": (1, 1024),
    "threads": (1, 1024),
    "ensemble": (1, 1024),
}


def check_limits(**numbers: float | None) -> None:
    """Check that each number, by its name, is within its limits; None is not given.

    Raises:
        UsageError: One is not.
    """
    for name, number in numbers.items():
        if number is not None and (problem := _problem(name, number)):
            raise UsageError(f"{name} {problem}.", "Correct it and run the same command again.")


def limited(name: str) -> AfterValidator:
    """Return the same check for a key of a definition."""

    def check(number: float | None) -> float | None:
        if number is not None and (problem := _problem(name, number)):
            raise ValueError(problem)
        return number

    return AfterValidator(check)


def _problem(name: str, number: float) -> str:
    least, most = _LIMITS[name]
    return "" if least <= number <= most else f"must be from {least} to {most}, not {number}"
