"""Scores where an image may have several classes, by scikit-learn."""

from collections.abc import Sequence


def score_sets(name: str, beta: float, truth: Sequence[Sequence[int]], given: Sequence[Sequence[float]]) -> float:
    """Return the score of marks or probabilities.

    Args:
        name: The name of the metric here, such as "sample f".
        beta: How many times recall counts as much as precision, in an F-measure.
        truth: 1 where the image of a row is of the class of a column, else 0.
        given: Marks of 0 and 1 for an F-measure, else probabilities, likewise.
    """
    import numpy as np
    from sklearn import metrics

    true, said = np.array(truth), np.array(given)
    if name == "log loss":
        said = said.clip(1e-15, 1 - 1e-15)
        return float(np.mean(np.where(true, -np.log(said), -np.log(1 - said))))
    if name == "auc":
        both = [column for column, values in enumerate(true.T) if 0 < values.sum() < len(values)]
        return float(np.mean([metrics.roc_auc_score(true[:, column], said[:, column]) for column in both]))
    average = {"sample f": "samples", "micro f": "micro", "macro f": "macro"}[name]
    return float(metrics.fbeta_score(true, said, beta=beta, average=average, zero_division=0))
