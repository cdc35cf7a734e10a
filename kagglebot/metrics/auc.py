"""AUC: the area under the ROC curve, the mean over the classes that occur, one against the rest."""

from collections.abc import Callable
from typing import Any

from kagglebot.metrics.metric import Labels, Metric, Probabilities


def one_against_the_rest(labels: Labels, probabilities: Probabilities, area: Callable[[Any, Any], float]) -> float:
    """Return the mean of ``area(is_class, probability)``, arrays ``(n,)``, over the classes that occur.

    Of two classes it is that of the second alone. It is NaN where only one class occurs.
    """
    import numpy as np

    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    if probabilities.shape[1] == 2:
        present = present[-1:]
    return float(np.mean([area(labels == label, probabilities[:, label]) for label in present]))


def _score(labels: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import roc_auc_score

    return one_against_the_rest(labels, probabilities, roc_auc_score)


_NAMES = ("auc", "auroc", "areaunderr", "areaunderther", "rocarea", "macro auc", "macro roc")
AUC = Metric("auc", _score, _NAMES, display_name="AUC", needs_probabilities=True, needs_two_classes=True)
