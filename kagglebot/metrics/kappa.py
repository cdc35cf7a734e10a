"""Quadratic weighted kappa: agreement of ordered classes beyond chance, far mistakes counting more."""

from kagglebot.metrics.metric import Labels, Metric, Probabilities


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import cohen_kappa_score

    classes = list(range(probabilities.shape[1]))
    return float(cohen_kappa_score(labels, probabilities.argmax(axis=1), labels=classes, weights="quadratic"))


KAPPA = Metric("kappa", _score, kaggle_names=("kappa",), needs_two_classes=True)
