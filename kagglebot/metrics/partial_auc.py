"""Partial AUC: the area under the part of the ROC curve where at least 80 % of the positives are found.

It is that of ISIC 2024, from 0.02 for chance to 0.2. The curve turned around has that part at its beginning, where
scikit-learn's ``max_fpr`` measures it, standardised (McClish 1989).
"""

from kagglebot.metrics.auc import one_against_the_rest
from kagglebot.metrics.metric import Labels, Metric, Probabilities

#: Share of the positives that may be missed.
_MISSED = 0.2


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import roc_auc_score

    standardised = one_against_the_rest(
        labels,
        probabilities,
        lambda is_class, probability: roc_auc_score(~is_class, -probability, max_fpr=_MISSED),
    )
    least = _MISSED**2 / 2
    return least + (_MISSED - least) * (2 * standardised - 1)


_NAMES = ("pauc", "partial auc", "partial areaunder")
PARTIAL_AUC = Metric(
    "partial_auc", _score, _NAMES, display_name="partial AUC", needs_probabilities=True, needs_two_classes=True
)
