"""F-measures: the harmonic mean of precision and recall of each class, averaged over the classes.

With F-beta, recall counts beta times as much as precision. The macro average counts every class that occurs or was
predicted once, the weighted one each by its rows. The micro average of one class a row is the share of right rows.
"""

from dataclasses import dataclass, replace
from typing import Literal

from kagglebot.metrics.accuracy import ACCURACY
from kagglebot.metrics.adjustments.class_weights import Counts, class_weights
from kagglebot.metrics.metric import Labels, Metric, Probabilities

_Average = Literal["macro", "weighted"]


@dataclass(frozen=True)
class _Score:
    beta: float
    average: _Average

    def __call__(self, labels: Labels, probabilities: Probabilities) -> float:
        from sklearn.metrics import fbeta_score

        options = {"beta": self.beta, "average": self.average, "zero_division": 0}
        return float(fbeta_score(labels, probabilities.argmax(axis=1), **options))


@dataclass(frozen=True)
class _OfCounts:
    beta: float
    average: _Average

    def __call__(self, right: Counts, predicted: Counts, true: Counts) -> Counts:
        square = self.beta**2
        each = (1 + square) * right / (square * true + predicted).clip(1e-9)
        weights: Counts = true if self.average == "weighted" else true + predicted > 0
        scores: Counts = (each * weights).sum(axis=0) / weights.sum(axis=0)
        return scores


def _f_measure(beta: float, average: _Average, *kaggle_names: str) -> Metric:
    number = f"{beta:g}"
    own = [f"f{number}", f"beta{number}", *kaggle_names]
    plain = [name.replace(".", "") for name in own]
    return Metric(
        f"{average}_f{number}",
        _Score(beta, average),
        kaggle_names=(*(plain if average == "macro" else ()), *(f"{average} {name}" for name in plain)),
        display_name=f"{average} F{number}",
        adjustment=class_weights(_OfCounts(beta, average)),
    )


MACRO_F1 = _f_measure(1, "macro", "fscore", "fmeasure")
F_MEASURES = (
    MACRO_F1,
    _f_measure(1, "weighted", "fscore", "fmeasure"),
    *(_f_measure(beta, average) for beta in (2, 0.5) for average in ("macro", "weighted")),
    replace(
        ACCURACY,
        name="micro_f1",
        kaggle_names=(
            *(f"micro {name}" for name in ("f#", "f2", "f05", "fscore", "averagedf", "beta", "beta#", "f beta")),
        ),
        display_name="micro F1",
    ),
)
