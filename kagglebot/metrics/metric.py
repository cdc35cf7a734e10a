"""What competitions are scored by: their names, Kaggle's words for them, and which way is better."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kagglebot.errors import DataError, UsageError

#: For log loss no probability counts as nearer to 0 or to 1: then a certain mistake costs 16, not infinity. A
#: network's float32 cannot say more anyway, as it rounds what lies nearer to 1 than about this to 1.
NEAREST_TO_CERTAIN = 1e-7

#: What a submission holds: a class, the probability of one class, or one of every class, each in a column.
Answer = Literal["label", "probability", "probabilities"]


@dataclass(frozen=True)
class Metric:
    """One measure.

    Attributes:
        name: In kagglebot's words.
        words: Kaggle's names of it hold one of these, written in lower case without spaces and signs.
        minimise: Whether a lower score is better.
    """

    name: str
    words: tuple[str, ...]
    minimise: bool = False

    @property
    def text(self) -> str:
        """Its name as people write it: "log loss", "AUC"."""
        return {"auc": "AUC", "macro_f1": "macro F1"}.get(self.name, self.name.replace("_", " "))

    def better(self, score: float, other: float) -> bool:
        """Say whether ``score`` is better than ``other``; no number is worse than any."""
        if math.isnan(score) or math.isnan(other):
            return math.isnan(other) and not math.isnan(score)
        return score < other if self.minimise else score > other

    def best(self, scores: Sequence[float]) -> int:
        """Give the place of the best score, from 0; the first of equals.

        Raises:
            ValueError: There are none.
        """
        if not scores:
            raise ValueError("no scores")
        place = 0
        for index, score in enumerate(scores):
            if self.better(score, scores[place]):
                place = index
        return place

    def gain(self, score: float, other: float) -> float:
        """By how much ``score`` is better than ``other``; negative where it is worse."""
        return other - score if self.minimise else score - other


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("log_loss", ("logloss", "multiclassloss", "logarithmicloss", "crossentropy"), minimise=True),
        Metric("auc", ("auc", "areaunderr", "rocarea")),
        Metric("kappa", ("kappa",)),
        Metric("macro_f1", ("f1", "fscore")),
        # Kaggle's mean F-score is that of each row's classes: with one class a row, the share of right ones.
        Metric("accuracy", ("accuracy", "categorization", "microf1", "microaveragedf", "meanf")),
    )
}
_REGRESSION = (
    "rmse",
    "meansquared",
    "squarederror",
    "absoluteerror",
    "rmsle",
    "logarithmicerror",
    "pearson",
    "spearman",
    "rsquared",
    "quantile",
)
_ELSEWHERE = ("iou", "intersectionover", "dice", "averageprecision", "map@", "levenshtein", "bleu", "ndcg")


def get_metric(name: str) -> Metric:
    """Look a metric up by kagglebot's name of it.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in METRICS:
        raise UsageError(f"There is no metric '{name}'.", f"Known metrics: {', '.join(sorted(METRICS))}.")
    return METRICS[name]


def match_metric(kaggles_name: str, competition: str) -> Metric | None:
    """Give the metric that Kaggle calls so; None for an empty name or one that is not known.

    Raises:
        DataError: It measures something else than a choice of one class, such as a regression.
    """
    plain = re.sub(r"[^a-z0-9@]", "", kaggles_name.lower())
    if any(word in plain for word in _REGRESSION):
        raise _out_of_scope(competition, kaggles_name, "predicts a number (a regression)")
    if any(word in plain for word in _ELSEWHERE):
        raise _out_of_scope(competition, kaggles_name, "finds things in images, or ranks or writes something")
    if any(word in plain for word in METRICS["accuracy"].words):
        return METRICS["accuracy"]
    return next((each for each in METRICS.values() if any(word in plain for word in each.words)), None)


def _out_of_scope(competition: str, kaggles_name: str, what: str) -> DataError:
    return DataError(
        f"{competition} is scored by {kaggles_name!r}: it {what}, and kagglebot gives images classes.",
        "Choose an image-classification competition; if that name misleads, say the metric with --metric.",
    )
