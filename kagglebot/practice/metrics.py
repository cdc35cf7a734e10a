"""The metrics that the practice server scores by, under Kaggle's names.

They share no code with ``kagglebot.metrics``, so that the server's scores check those of a search.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PracticeMetric:
    """A metric of the practice server.

    ``kaggle_names`` are parts of Kaggle's name, in lower case without spaces and signs. With ``minimise`` the
    lowest score leads the leaderboard; with ``probabilities`` it scores these, not labels.
    """

    name: str
    kaggle_names: tuple[str, ...]
    minimise: bool = False
    probabilities: bool = False


_METRICS = (
    PracticeMetric(
        "log loss", ("logloss", "multiclassloss", "logarithmicloss"), minimise=True, probabilities=True
    ),
    PracticeMetric("auc", ("auc", "areaunder"), probabilities=True),
    PracticeMetric("kappa", ("kappa",)),
    PracticeMetric("macro f1", ("macro",)),
    # Kaggle's MeanFScore is micro-averaged, which for one class a row is the share of right ones.
    PracticeMetric("accuracy", ("accuracy", "meanf", "micro")),
)


def find_metric(kaggle_name: str) -> PracticeMetric | None:
    """Return the metric that Kaggle calls ``kaggle_name``; None for others, such as those of regressions."""
    plain = re.sub(r"[^a-z0-9]", "", kaggle_name.lower())
    return next((each for each in _METRICS if any(word in plain for word in each.kaggle_names)), None)


def lowest_first(kaggle_name: str) -> bool:
    """Return whether the leaderboard of that metric starts with the lowest score."""
    metric = find_metric(kaggle_name)
    return metric is not None and metric.minimise
