"""The metrics that the practice server scores by, under Kaggle's names.

They share no code with ``kagglebot.metrics``, so that the server's scores check those of a search.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PracticeMetric:
    """A metric of the practice server.

    ``pattern`` is found in Kaggle's name, in lower case without spaces and signs. With ``minimise`` the lowest
    score leads the leaderboard; with ``probabilities`` it scores these, with ``ranked`` several labels in a cell,
    best first, else one label.
    """

    name: str
    pattern: str
    minimise: bool = False
    probabilities: bool = False
    ranked: bool = False


_LOG_LOSS = "(logloss|multiclassloss|logarithmicloss)"
# The first whose pattern is found.
_METRICS = (
    PracticeMetric("map at k", "(map|precision)(@|at)", ranked=True),
    PracticeMetric("top k error", "top[0-9k]+.*error|besterrorat", minimise=True, ranked=True),
    PracticeMetric("top k accuracy", "top[0-9k]+.*accuracy", ranked=True),
    PracticeMetric("weighted log loss", f"(weighted|balanced).*{_LOG_LOSS}", minimise=True, probabilities=True),
    PracticeMetric("log loss", _LOG_LOSS, minimise=True, probabilities=True),
    PracticeMetric("partial auc", "pauc|partial.*(auc|areaunder)", probabilities=True),
    PracticeMetric("auc", "auc|areaunder", probabilities=True),
    PracticeMetric("kappa", "kappa"),
    PracticeMetric("matthews", "matthews|mcc"),
    PracticeMetric("balanced accuracy", "balancedaccuracy"),
    # Micro-averaged, and of the classes of each row as MeanFScore is, it is the share of rows that are right.
    PracticeMetric("accuracy", "accuracy|meanf|micro"),
    PracticeMetric("weighted f", "weighted.*(f[0-9]|fscore|beta)"),
    PracticeMetric("macro f1", "macro|f[0-9]|fscore|beta"),
)
# The same where an image may have several classes.
_SEVERAL = (
    PracticeMetric("log loss", f"^(?!.*weighted).*{_LOG_LOSS}", minimise=True, probabilities=True),
    PracticeMetric("auc", "^(?!.*(pauc|partial)).*(auc|areaunder)", probabilities=True),
    PracticeMetric("micro f", "micro"),
    PracticeMetric("macro f", "macro"),
    PracticeMetric("sample f", "^(?!.*weighted).*(meanf|f[0-9]|fscore|fmeasure|beta)"),
)
_USUAL_LABELS = 5


def find_metric(kaggle_name: str, *, several: bool = False) -> PracticeMetric | None:
    """Return the metric that Kaggle calls ``kaggle_name``; None for others, such as those of regressions.

    With ``several`` it is that of images that may have several classes.
    """
    plain = _plain(kaggle_name)
    return next((each for each in (_SEVERAL if several else _METRICS) if re.search(each.pattern, plain)), None)


def find_beta(kaggle_name: str, *, several: bool = False) -> float:
    """Return how many times recall counts as much as precision, in an F-measure: 2 in "F2 Score".

    Kaggle's F-measure "beta" of images of ``several`` classes is F2, unless its name has a number.
    """
    plain = _plain(kaggle_name)
    found = re.search("(?:f|beta)(0?)([0-9]+)", plain)
    usual = 2.0 if several and "beta" in plain else 1.0
    return float(f"{found[1]}.{found[2]}" if found[1] else found[2]) if found else usual


def find_most_labels(kaggle_name: str) -> int:
    """Return how many labels a cell may hold: 3 in "MAP@3", 5 where the name has no number."""
    found = re.search("[0-9]+", kaggle_name)
    return int(found[0]) if found else _USUAL_LABELS


def lowest_first(kaggle_name: str) -> bool:
    """Return whether the leaderboard of that metric starts with the lowest score."""
    metric = find_metric(kaggle_name)
    return metric is not None and metric.minimise


def _plain(kaggle_name: str) -> str:
    return re.sub(r"[^a-z0-9@]", "", kaggle_name.lower())
