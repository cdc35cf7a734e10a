"""Scores of class probabilities, from scikit-learn."""

import math

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.metric import NEAREST_TO_CERTAIN

#: Measures that say nothing of rows that are all of one class.
NEED_TWO_CLASSES = ("auc", "kappa")
#: Least and greatest inverse of a temperature.
_SHARPNESS = (0.1, 10.0)


def score(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> float:
    """Score class probabilities ``(n, classes)`` against class indices ``(n,)``.

    Classes that none of the labels has are left out where a measure has nothing to say of them: macro F1 is the
    mean over the classes that occur or were predicted, AUC that over those that occur (one against the rest).

    Args:
        metric: A name in ``datasets.metrics.METRICS``; whether lower is better stands there.
        labels: The true classes.
        probabilities: Each row sums to 1.

    Returns:
        The score; not a number where it has no meaning, as AUC on rows of one class.
    """
    from sklearn import metrics

    classes = probabilities.shape[1]
    chosen = probabilities.argmax(axis=1)
    match metric:
        case "accuracy":
            return float((chosen == labels).mean())
        case "log_loss":
            return float(losses(labels, probabilities).mean())
        case "auc":
            return _auc(labels, probabilities)
        case "macro_f1":
            return float(metrics.f1_score(labels, chosen, average="macro", zero_division=0))
        case "kappa":
            return float(metrics.cohen_kappa_score(labels, chosen, labels=np.arange(classes), weights="quadratic"))
    raise ValueError(f"unknown metric {metric!r}")


def share_error(share: float, rows: int) -> float:
    """Give the standard error of a share, such as an accuracy, of so many rows."""
    return math.sqrt(max(0.0, share * (1 - share)) / max(1, rows))


def chance(metric: str, value: float, rows: int) -> float:
    """Give what may be chance in a score on so many rows: a standard error for accuracy, nothing for others."""
    return share_error(value, rows) if metric == "accuracy" else 0.0


def losses(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give each row's log loss ``(n,)``: what certainty in the wrong class costs is bounded."""
    certain = probabilities.astype(np.float64).clip(NEAREST_TO_CERTAIN, 1 - NEAREST_TO_CERTAIN)
    certain /= certain.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(certain[np.arange(len(labels)), labels]))


def fair_losses(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give each row's log loss ``(n,)`` for telling apart what ``metric`` does not.

    Unless the metric is log loss itself, probabilities are first brought to the temperature at which their mean
    loss is least (Guo et al. 2017, arXiv:1706.04599): how sure a net is on the whole says nothing of what it can
    tell apart, and label smoothing makes it unsure of everything.
    """
    return losses(labels, probabilities if metric == "log_loss" else _tempered(labels, probabilities))


def _tempered(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.optimize import minimize_scalar

    logits = np.log(probabilities.clip(NEAREST_TO_CERTAIN, 1))
    logits -= logits.max(axis=1, keepdims=True)
    right = logits[np.arange(len(labels)), labels].mean()

    def mean_loss(sharpness: float) -> float:
        return float(np.log(np.exp(sharpness * logits).sum(axis=1)).mean() - sharpness * right)

    found = minimize_scalar(mean_loss, bounds=_SHARPNESS, method="bounded", options={"xatol": 0.01})
    powers = np.exp(found.x * logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _auc(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> float:
    from sklearn import metrics

    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    if probabilities.shape[1] == 2:
        present = present[-1:]
    areas = [metrics.roc_auc_score(labels == name, probabilities[:, name]) for name in present]
    return float(np.mean(areas))
