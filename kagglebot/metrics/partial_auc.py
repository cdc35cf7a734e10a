"""Partial AUC: the area under the part of the ROC curve where at least 80 % of the positives are found.

It is that of ISIC 2024, from 0.02 for chance to 0.2. The curve turned around has that part at its beginning, where
scikit-learn's ``max_fpr`` measures it, standardised (McClish 1989).
"""

from kagglebot.metrics.metric import Labels, Metric, Probabilities

#: Share of the positives that may be missed.
_MISSED = 0.2


def _score(labels: Labels, probabilities: Probabilities) -> float:
    import numpy as np
    from sklearn.metrics import roc_auc_score

    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    if probabilities.shape[1] == 2:
        present = present[-1:]
    shares = [roc_auc_score(labels != label, -probabilities[:, label], max_fpr=_MISSED) for label in present]
    least = _MISSED**2 / 2
    return float(least + (_MISSED - least) * (2 * np.mean(shares) - 1))


_NAMES = ("pauc", "partial auc", "partial areaunder")
PARTIAL_AUC = Metric(
    "partial_auc", _score, _NAMES, display_name="partial AUC", needs_probabilities=True, needs_two_classes=True
)
