"""Balanced accuracy: the mean over the classes that occur of the share of their rows that are right."""

from kagglebot.metrics.adjustments.class_weights import Counts, class_weights
from kagglebot.metrics.metric import Labels, Metric, Probabilities


def _score(labels: Labels, probabilities: Probabilities) -> float:
    import numpy as np
    from sklearn.metrics import recall_score

    # The recall of some classes: balanced_accuracy_score warns where another was predicted.
    return float(recall_score(labels, probabilities.argmax(axis=1), labels=np.unique(labels), average="macro"))


def _of_counts(right: Counts, predicted: Counts, true: Counts) -> Counts:
    shares: Counts = right / true.clip(1)
    scores: Counts = shares.sum(axis=0) / (true > 0).sum(axis=0)
    return scores


BALANCED_ACCURACY = Metric(
    "balanced_accuracy",
    _score,
    kaggle_names=(
        "balanced accuracy",
        "accuracy perclass",
        "meanclassaccuracy",
        "averageclassaccuracy",
        "macro recall",
        "recall perclass",
        "unweightedaveragerecall",
    ),
    adjustment=class_weights(_of_counts),
)
