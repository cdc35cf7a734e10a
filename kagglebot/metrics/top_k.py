"""Scores of the place of the true class among the best ``k``: MAP@K, top-k accuracy and top-k error."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kagglebot.metrics.metric import Labels, Metric, Probabilities, RowScores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Classes a row where neither Kaggle's name nor the sample submission says how many.
USUAL_LABELS = 5


def best_classes(probabilities: Probabilities, count: int) -> "NDArray[np.int64]":
    """Return the ``count`` most probable classes of each row ``(n, count)``, best first; of equals the first.

    There are as many as classes where these are fewer.
    """
    import numpy as np

    left, rows = probabilities.copy(), np.arange(len(probabilities))
    best = np.zeros((len(probabilities), min(count, probabilities.shape[1])), np.int64)
    for place in range(best.shape[1]):
        best[:, place] = left.argmax(axis=1)
        left[rows, best[:, place]] = -1
    return best


@dataclass(frozen=True)
class _RowScores:
    """Scores of rows by the place of the true class; ``k`` is None where the sample submission has to say it."""

    k: int | None
    of: Literal["precision", "right", "wrong"]

    def __call__(self, labels: Labels, probabilities: Probabilities) -> RowScores:
        import numpy as np

        own = probabilities[np.arange(len(labels)), labels][:, None]
        earlier = np.arange(probabilities.shape[1]) < labels[:, None]
        places = 1 + ((probabilities > own) | ((probabilities == own) & earlier)).sum(axis=1)
        right = places <= (self.k or USUAL_LABELS)
        return np.asarray({"precision": right / places, "right": right, "wrong": ~right}[self.of], np.float64)


@dataclass(frozen=True)
class _Mean:
    rows: _RowScores

    def __call__(self, labels: Labels, probabilities: Probabilities) -> float:
        return float(self.rows(labels, probabilities).mean())


def _metric(name: str, rows: _RowScores, of_number: Callable[[int | None], Metric], **others: Any) -> Metric:
    """Return the mean of the scores of rows as a metric; ``others`` are further attributes of it."""
    labels = rows.k or 0
    return Metric(name, _Mean(rows), row_scores=rows, labels_a_row=labels, of_number=of_number, **others)


def map_at(k: int | None) -> Metric:
    """Return the mean average precision at ``k``: with one true class a row, the mean of 1 / its place."""
    return _metric(
        f"map@{k or 'k'}",
        _RowScores(k, "precision"),
        map_at,
        kaggle_names=("map@#", "averageprecision@#", "averageprecisionat#"),
        display_name=f"MAP@{k or 'K'}",
    )


def top_accuracy(k: int | None) -> Metric:
    """Return top-k accuracy: the share of rows whose true class is among the best ``k``."""
    return _metric(
        f"top_{k or 'k'}_accuracy",
        _RowScores(k, "right"),
        top_accuracy,
        kaggle_names=("top# accuracy", "accuracy@#", "top# categorization"),
        display_name=f"top-{k or 'k'} accuracy",
        is_proportion=True,
    )


def top_error(k: int | None) -> Metric:
    """Return top-k error: the share of rows whose true class is not among the best ``k``."""
    return _metric(
        f"top_{k or 'k'}_error",
        _RowScores(k, "wrong"),
        top_error,
        kaggle_names=("top# error", "error@#", "besterrorat#"),
        display_name=f"top-{k or 'k'} error",
        minimise=True,
        is_proportion=True,
    )


#: The share of wrong rows.
ERROR = replace(top_error(1), kaggle_names=("categorization error", "classificationerror", "misclassification"))
