"""AUC: the area under the ROC curve, the mean over the classes that occur, one against the rest."""

from kagglebot.metrics.metric import Labels, Metric, Probabilities


def _score(labels: Labels, probabilities: Probabilities) -> float:
    import numpy as np
    from sklearn.metrics import roc_auc_score

    present = np.unique(labels)
    if len(present) < 2:
        return float("nan")
    if probabilities.shape[1] == 2:
        present = present[-1:]
    return float(np.mean([roc_auc_score(labels == label, probabilities[:, label]) for label in present]))


_NAMES = ("auc", "areaunderr", "areaunderther", "rocarea", "macro auc", "macro roc")
AUC = Metric("auc", _score, _NAMES, display_name="AUC", needs_probabilities=True, needs_two_classes=True)
