"""Kaggle's name of a metric, in kagglebot's words."""

from kagglebot.errors import DataError

_ACCURACY = ("accuracy", "categorization")


def known_metric(name: str, competition: str) -> str:
    """Give ``accuracy`` for Kaggle's names of it; an empty name counts as accuracy too.

    Raises:
        DataError: The competition is scored by something else.
    """
    if not name or any(word in name.lower() for word in _ACCURACY):
        return "accuracy"
    raise DataError(
        f"{competition} is scored by {name!r}, and kagglebot searches for the best accuracy.",
        "Choose a competition whose Evaluation page asks for class labels and counts the right ones.",
    )
