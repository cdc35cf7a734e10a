"""What practice competitions are scored by, under Kaggle's names."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: Short for it, in this package.
        words: Kaggle's names hold one of these, in lower case without spaces and signs.
        minimise: Whether the lowest score leads the board.
        probabilities: Whether it is taken of probabilities, not of labels.
    """

    name: str
    words: tuple[str, ...]
    minimise: bool = False
    probabilities: bool = False


MEASURES = (
    Measure("log loss", ("logloss", "multiclassloss", "logarithmicloss"), minimise=True, probabilities=True),
    Measure("auc", ("auc", "areaunder"), probabilities=True),
    Measure("kappa", ("kappa",)),
    Measure("macro f1", ("macro",)),
    # Kaggle's MeanFScore is micro-averaged, which for one class a row is the share of right ones.
    Measure("accuracy", ("accuracy", "meanf", "micro")),
)


def find_measure(kaggles_name: str) -> Measure | None:
    """Give the measure that Kaggle calls so; None where it is none of these, such as a regression's."""
    plain = re.sub(r"[^a-z0-9]", "", kaggles_name.lower())
    return next((measure for measure in MEASURES if any(word in plain for word in measure.words)), None)


def lowest_first(kaggles_name: str) -> bool:
    """Say whether the leaderboard of that measure starts with the lowest score."""
    measure = find_measure(kaggles_name)
    return measure is not None and measure.minimise
