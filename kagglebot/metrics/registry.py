"""All metrics by name; a new one is its file and one line here, or an entry point of another package."""

import re
from collections.abc import Collection
from functools import cache

from kagglebot.errors import DataError, UsageError
from kagglebot.metrics.accuracy import ACCURACY
from kagglebot.metrics.auc import AUC
from kagglebot.metrics.confusion.balanced_accuracy import BALANCED_ACCURACY
from kagglebot.metrics.confusion.f_measures import F_MEASURES
from kagglebot.metrics.confusion.kappa import KAPPA
from kagglebot.metrics.confusion.mcc import MCC
from kagglebot.metrics.log_loss import LOG_LOSS, WEIGHTED_LOG_LOSS
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.multilabel import MULTILABEL, MULTILABEL_METRICS
from kagglebot.metrics.partial_auc import PARTIAL_AUC
from kagglebot.metrics.top_k import ERROR, map_at, top_accuracy, top_error
from kagglebot.system.plugins import with_plugins

_OURS = (
    LOG_LOSS,
    WEIGHTED_LOG_LOSS,
    AUC,
    PARTIAL_AUC,
    KAPPA,
    MCC,
    *F_MEASURES,
    ACCURACY,
    BALANCED_ACCURACY,
    map_at(None),
    top_accuracy(None),
    top_error(None),
    ERROR,
    *MULTILABEL_METRICS,
)
_REGRESSION = (
    "rmse meansquared squarederror absoluteerror rmsle logarithmicerror pearson spearman rsquared quantile "
    "coefficientofdetermination"
)
_REGRESSION_ALONE = {"mae", "mse", "r2", "r2score"}
_OTHER_TASKS = ("iou", "intersectionover", "dice", "averageprecision", "map@", "levenshtein", "bleu", "ndcg")
#: With one of these in its name, a metric is another one, unless the names of that one have it too.
_QUALIFIERS = (
    "balanced weighted linear partial pauc normalized normalised hierarchical macro micro beta top @ error "
    "precision prauc aucpr f2 f05 globalaverage"
)
#: These score probabilities where their namesakes score classes: such a metric is no variant of theirs.
_PROBABILISTIC = ("probabilistic", "pf1", "pfbeta", "pfscore")
#: In place of a number in a metric's name, and in Kaggle's: 5 or {K}.
_NUMBER, _KAGGLE_NUMBER = "[1-9][0-9]{0,2}", "([0-9]{1,3}|k)"


@cache
def known_metrics() -> dict[str, Metric]:
    """Return all metrics by name: ours, then those of other packages. ``k`` in a name stands for any number.

    Raises:
        UsageError: A plugin cannot be imported, is not a metric, or has the name of another.
    """
    return with_plugins("kagglebot.metrics", Metric, _OURS)


def find_metric(name: str) -> Metric | None:
    """Return a metric by kagglebot's name, such as ``auc`` or ``map@5``; None where there is none of that name."""
    known, number = known_metrics(), re.search(_NUMBER, name)
    if name in known or number is None:
        return known.get(name)
    metric = known.get(name[: number.start()] + "k" + name[number.end() :])
    return metric.of_number(int(number[0])) if metric and metric.of_number else None


def list_metrics() -> str:
    """Return the names of all metrics, as a hint has them."""
    return f"{', '.join(sorted(known_metrics()))}; k is a number, as in map@5"


def get_metric(name: str) -> Metric:
    """Return a metric by kagglebot's name.

    Raises:
        UsageError: There is none of that name.
    """
    metric = find_metric(name)
    if metric is None:
        raise UsageError(f"There is no metric '{name}'.", f"Known metrics: {list_metrics()}.")
    return metric


def predicts_number(kaggle_name: str) -> bool:
    """Return whether the metric that Kaggle calls so scores a regression."""
    plain = _plain(kaggle_name)
    return plain in _REGRESSION_ALONE or any(word in plain for word in _REGRESSION.split())


def variant(metric: Metric, *, several: bool) -> Metric:
    """Return a metric as it scores rows of one class, or of ``several``: "macro_f1" and "multilabel_macro_f1".

    Raises:
        DataError: It does not score such rows.
    """
    if metric.several == several:
        return metric
    found = find_metric(MULTILABEL + metric.name if several else metric.name.removeprefix(MULTILABEL))
    if found is None or found.several != several:
        names = ", ".join(name for name, each in sorted(known_metrics().items()) if each.several == several)
        amount = "may have several classes" if several else "has one class"
        raise DataError(f"An image {amount} here, which '{metric.name}' does not score.", f"These do: {names}.")
    return found


def match_metric(kaggle_name: str, competition: str, *, several: bool = False) -> Metric | None:
    """Return the metric that Kaggle calls ``kaggle_name``; None for an empty name or an unknown one.

    Where names of several metrics are part of it, the longest decides. A word that makes another metric of it, as
    in "Weighted AUC", must be in the metric's names too. With ``several`` it is one of rows of several classes.

    Raises:
        DataError: It scores something else than the choice of a class, such as a regression, or, with ``several``,
            rows of one class only, as MAP@K does.
    """
    if predicts_number(kaggle_name):
        raise _out_of_scope(competition, kaggle_name, "scores a regression")
    qualifiers = (*_QUALIFIERS.split(), *_PROBABILISTIC)
    found = _longest_match(kaggle_name, qualifiers, several=several)
    overlap = re.search(r"@\W*0?[.][0-9]", kaggle_name)  # of boxes: mAP@0.5
    if overlap or (not found and any(word in _plain(kaggle_name) for word in _OTHER_TASKS)):
        one = None if overlap else _longest_match(kaggle_name, qualifiers, several=False)
        if several and one:
            raise _of_one_class(competition, kaggle_name, one)
        raise _out_of_scope(competition, kaggle_name, "scores detection, retrieval or text")
    return found


def nearest_metric(kaggle_name: str, *, several: bool = False) -> Metric | None:
    """Return the metric that Kaggle's is a variant of, such as ``auc`` for "Weighted AUC"; None without one."""
    return _longest_match(kaggle_name, _PROBABILISTIC, several=several)


def _longest_match(kaggle_name: str, qualifiers: Collection[str], *, several: bool) -> Metric | None:
    found = [
        (length, metric, number)
        for metric in known_metrics().values()
        if metric.several == several
        for name in metric.kaggle_names
        for length, number in [_match(_plain(kaggle_name), name, qualifiers)]
        if length
    ]
    if not found:
        return None
    _, metric, number = max(found, key=lambda match: match[0])
    return metric.of_number(number) if metric.of_number and number else metric


def _plain(kaggle_name: str) -> str:
    return re.sub(r"[^a-z0-9@]", "", kaggle_name.lower())


def _match(plain: str, name: str, qualifiers: Collection[str]) -> tuple[int, int | None]:
    """Return how many letters of Kaggle's name all words of ``name`` match, 0 if not all do, and the number.

    None do either where Kaggle's name has one of the qualifiers, and ``name`` has not.
    """
    words = name.split()
    matches = [re.search(_pattern(word), plain) for word in words]
    others = any(each in plain and not any(each in word for word in words) for each in qualifiers)
    if others or not all(matches):
        return 0, None
    found = [match for match in matches if match]
    numbers = [match[1] for match in found if match.re.groups and match[1].isdigit()]
    return sum(len(match[0]) for match in found), int(numbers[0]) if numbers else None


def _pattern(word: str) -> str:
    """Return the pattern of a word of a name; a number in it is a whole one: "f1" is no part of "f15", F1.5.

    A beta without a number is not there where a beta with one is.
    """
    pattern = re.escape(word).replace(r"\#", _KAGGLE_NUMBER)
    if word == "beta":
        return pattern + "(?![0-9]|.*beta[0-9])"
    return pattern + "(?![0-9])" if word[-1].isdigit() else pattern


def _of_one_class(competition: str, kaggle_name: str, metric: Metric) -> DataError:
    return DataError(
        f"{competition} is scored by {kaggle_name!r}, and images may have several classes here: kagglebot scores "
        f"{metric.text} only where an image has one.",
        "Where a label of several words is one class, read it so with --labels one; else choose a metric of "
        "several classes with --metric, such as sample_f1.",
    )


def _out_of_scope(competition: str, kaggle_name: str, purpose: str) -> DataError:
    return DataError(
        f"{competition} is scored by {kaggle_name!r}, which {purpose}; kagglebot does image classification only.",
        "Choose an image-classification competition; if Kaggle's name misleads and a submission holds classes, "
        "set the metric with --metric.",
    )
