"""All metrics by name; a new one is its file and one line here, or an entry point of another package."""

import re
from functools import cache

from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.accuracy import ACCURACY
from kagglebot.metrics.auc import AUC
from kagglebot.metrics.kappa import KAPPA
from kagglebot.metrics.log_loss import LOG_LOSS
from kagglebot.metrics.macro_f1 import MACRO_F1
from kagglebot.metrics.metric import Metric
from kagglebot.system.plugins import with_plugins

_OURS = (LOG_LOSS, AUC, KAPPA, MACRO_F1, ACCURACY)
_REGRESSION = (
    "rmse meansquared squarederror absoluteerror rmsle logarithmicerror pearson spearman rsquared quantile"
)
_OTHER_TASKS = ("iou", "intersectionover", "dice", "averageprecision", "map@", "levenshtein", "bleu", "ndcg")


@cache
def known_metrics() -> dict[str, Metric]:
    """Return all metrics by name: ours, then those of other packages.

    Raises:
        UsageError: A plugin cannot be imported, is not a metric, or has the name of another.
    """
    return with_plugins("kagglebot.metrics", Metric, _OURS)


def get_metric(name: str) -> Metric:
    """Return a metric by kagglebot's name.

    Raises:
        UsageError: There is none of that name.
    """
    metrics = known_metrics()
    if name not in metrics:
        raise UsageError(f"There is no metric '{name}'.", f"Known metrics: {', '.join(sorted(metrics))}.")
    return metrics[name]


def match_metric(kaggle_name: str, competition: str) -> Metric | None:
    """Return the metric that Kaggle calls ``kaggle_name``; None for an empty name or an unknown one.

    Where names of several metrics are part of it, the longest decides.

    Raises:
        DataError: It scores something else than the choice of a class, such as a regression.
    """
    plain = re.sub(r"[^a-z0-9@]", "", kaggle_name.lower())
    if any(word in plain for word in _REGRESSION.split()):
        raise _out_of_scope(competition, kaggle_name, "scores a regression")
    if any(word in plain for word in _OTHER_TASKS):
        raise _out_of_scope(competition, kaggle_name, "scores detection, ranking or text")
    found = [(len(word), each) for each in known_metrics().values() for word in each.kaggle_names if word in plain]
    return max(found, key=lambda match: match[0])[1] if found else None


def _out_of_scope(competition: str, kaggle_name: str, purpose: str) -> DataError:
    return DataError(
        f"{competition} is scored by {kaggle_name!r}, which {purpose}; kagglebot does image classification only.",
        "Choose an image-classification competition; if Kaggle's name misleads, set the metric with --metric.",
    )
