"""Matthews correlation coefficient: the correlation of true and predicted classes, 0 by chance."""

from kagglebot.metrics.adjustments.class_weights import Counts, class_weights
from kagglebot.metrics.metric import Labels, Metric, Probabilities


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import matthews_corrcoef

    chosen = probabilities.argmax(axis=1)
    if len({*labels.tolist(), *chosen.tolist()}) < 2:  # scikit-learn warns
        return 0.0
    return float(matthews_corrcoef(labels, chosen))


def _of_counts(right: Counts, predicted: Counts, true: Counts) -> Counts:
    import numpy as np

    rows = true.sum(axis=0).astype(np.float64)
    covariance = right.sum(axis=0) * rows - (true * predicted).sum(axis=0)
    spread = (rows**2 - (predicted**2).sum(axis=0)) * (rows**2 - (true**2).sum(axis=0))
    return np.asarray(np.where(spread > 0, covariance / np.sqrt(spread.clip(1)), 0.0))


MCC = Metric(
    "mcc",
    _score,
    kaggle_names=("mcc", "matthews", "phicoefficient"),
    display_name="Matthews correlation coefficient",
    needs_two_classes=True,
    adjustment=class_weights(_of_counts),
)
