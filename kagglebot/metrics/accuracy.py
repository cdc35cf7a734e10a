"""Accuracy: the share of rows whose most probable class is the right one."""

from kagglebot.metrics.metric import Labels, Metric, Probabilities, RowScores


def _row_scores(labels: Labels, probabilities: Probabilities) -> RowScores:
    import numpy as np

    return np.asarray(probabilities.argmax(axis=1) == labels, np.float64)


def _score(labels: Labels, probabilities: Probabilities) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


ACCURACY = Metric(
    "accuracy",
    _score,
    # Kaggle's mean F-score is that of each row's classes: with one class a row, the share of right ones.
    kaggle_names=("accuracy", "categorization", "meanf", "meanfscore"),
    row_scores=_row_scores,
    is_proportion=True,
)
