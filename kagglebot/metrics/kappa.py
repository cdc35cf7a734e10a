"""Quadratic weighted kappa: agreement of ordered classes beyond chance, far mistakes counting more."""

from typing import TYPE_CHECKING

from kagglebot.metrics.metric import Metric

if TYPE_CHECKING:
    from kagglebot.metrics.metric import Labels, Probabilities


def _score(labels: "Labels", probabilities: "Probabilities") -> float:
    from sklearn.metrics import cohen_kappa_score

    classes = range(probabilities.shape[1])
    return float(
        cohen_kappa_score(labels, probabilities.argmax(axis=1), labels=list(classes), weights="quadratic")
    )


KAPPA = Metric("kappa", _score, kaggle_names=("kappa",), needs_two_classes=True)
