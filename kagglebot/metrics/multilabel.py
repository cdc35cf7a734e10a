"""Metrics of rows that may have several classes: F-measures, AUC and log loss of columns.

The sample average of an F-measure is the mean over the rows, each with the classes that are named and those that
are true; the micro average counts all rows and classes at once; the macro average is the mean over the classes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kagglebot.metrics.adjustments.thresholds import Average, f_measure, f_scores, named, thresholds
from kagglebot.metrics.auc import AUC
from kagglebot.metrics.log_loss import LOG_LOSS, apply_temperature, row_losses
from kagglebot.metrics.metric import Adjustment, Labels, Metric, Probabilities, RowScores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

#: What the names of metrics begin with that are there for rows of one class too.
MULTILABEL = "multilabel_"
#: Cells, of a row and a class each, that are computed with at a time.
_MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class _F:
    beta: float
    average: Average

    def __call__(self, labels: Labels, probabilities: Probabilities) -> float:
        return f_measure(self.beta, self.average, labels.astype(bool), named(probabilities))


@dataclass(frozen=True)
class _RowF:
    beta: float

    def __call__(self, labels: Labels, probabilities: Probabilities) -> RowScores:
        true, chosen = labels.astype(bool), named(probabilities)
        return f_scores(self.beta, *(each.sum(axis=1) for each in (true & chosen, chosen, true)))


def _f_measure(beta: float, average: Average) -> Metric:
    number = f"{beta:g}"
    names = [f"f{number}".replace(".", ""), f"beta{number}".replace(".", "")]
    names += ["fscore", "fmeasure", "meanf"] if beta == 1 else ["beta"] if beta == 2 else []
    sample = average == "sample"
    return Metric(
        f"{'' if sample else MULTILABEL}{average}_f{number}",
        _F(beta, average),
        kaggle_names=tuple(names if sample else [f"{average} {name}" for name in names]),
        display_name=f"{average} F{number}",
        row_scores=_RowF(beta) if sample else None,
        adjustment=thresholds(beta, average),
        several=True,
    )


def _cells(labels: Labels) -> Labels:
    """Return whether each cell has its class as the class of a row, ``(n * classes,)``."""
    return labels.reshape(-1).astype("int64")


def _pairs(probabilities: Probabilities) -> Probabilities:
    """Return the probability of each cell as that of two classes, ``(n * classes, 2)``: without and with it."""
    import numpy as np

    return np.stack([1 - probabilities, probabilities], axis=-1).reshape(-1, 2)


def _in_pieces(function: "Callable[..., NDArray[Any]]", *arrays: "NDArray[Any]") -> "NDArray[Any]":
    """Return what a function makes of rows, of a few at a time: those of many classes take much memory."""
    import numpy as np

    size = max(1, _MOST_CELLS // arrays[0].shape[1])
    starts = range(0, len(arrays[0]), size)
    return np.concatenate([function(*(array[start : start + size] for array in arrays)) for start in starts])


def row_losses_of_sets(labels: Labels, probabilities: Probabilities) -> RowScores:
    """Return the log loss of each row ``(n,)``, the mean over its classes; labels are ``(n, classes)``."""

    def losses(labels: Labels, probabilities: Probabilities) -> RowScores:
        each: RowScores = row_losses(_cells(labels), _pairs(probabilities)).reshape(labels.shape)
        mean: RowScores = each.mean(axis=1)
        return mean

    return _in_pieces(losses, labels, probabilities)


def fit_cells(
    fit: "Callable[[Labels, Probabilities], tuple[float, ...]]", labels: Labels, probabilities: Probabilities
) -> tuple[float, ...]:
    """Return what ``fit`` finds where each cell is a row of two classes; of very many cells, of some rows'."""
    step = 1 + labels.size // _MOST_CELLS
    return fit(_cells(labels[::step]), _pairs(probabilities[::step]))


def apply_to_cells(probabilities: Probabilities, numbers: "Sequence[float]") -> Probabilities:
    """Return probabilities ``(n, classes)`` of which each is brought to a temperature."""

    def warmed(probabilities: Probabilities) -> Probabilities:
        return apply_temperature(_pairs(probabilities), numbers)[:, 1].reshape(probabilities.shape)

    return _in_pieces(warmed, probabilities)


def _loss(labels: Labels, probabilities: Probabilities) -> float:
    return float(row_losses_of_sets(labels, probabilities).mean())


def _fit_temperature(labels: Labels, probabilities: Probabilities) -> tuple[float, ...]:
    assert LOG_LOSS.adjustment is not None
    return fit_cells(LOG_LOSS.adjustment.fit, labels, probabilities)


def _auc(labels: Labels, probabilities: Probabilities) -> float:
    import numpy as np
    from sklearn.metrics import roc_auc_score

    both = [column for column, values in enumerate(labels.T) if 0 < values.sum() < len(values)]
    scores = [roc_auc_score(labels[:, column], probabilities[:, column]) for column in both]
    return float(np.mean(scores)) if scores else float("nan")


MULTILABEL_METRICS = (
    *(_f_measure(beta, average) for beta in (1, 2, 0.5) for average in ("sample", "micro", "macro")),
    Metric(
        f"{MULTILABEL}auc",
        _auc,
        AUC.kaggle_names,
        display_name="mean AUC of the columns",
        needs_probabilities=True,
        needs_two_classes=True,
        several=True,
    ),
    Metric(
        f"{MULTILABEL}log_loss",
        _loss,
        LOG_LOSS.kaggle_names,
        display_name="mean log loss of the columns",
        minimise=True,
        row_scores=row_losses_of_sets,
        needs_probabilities=True,
        rewards_calibration=True,
        adjustment=Adjustment("temperature", _fit_temperature, apply_to_cells),
        several=True,
    ),
)
