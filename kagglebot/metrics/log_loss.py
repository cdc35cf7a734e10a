"""Log loss: the mean negative logarithm of the right class's probability."""

from kagglebot.metrics.metric import Labels, Metric, Probabilities, RowScores

#: The least distance of a probability to 0 and 1: a certain mistake costs 16, not infinity. A network's float32
#: rounds to 1 what is much nearer.
EPSILON = 1e-7


def row_losses(labels: Labels, probabilities: Probabilities) -> RowScores:
    """Return the log loss of each row ``(n,)``, its probabilities kept ``EPSILON`` from 0 and 1."""
    import numpy as np

    clipped = probabilities.astype(np.float64).clip(EPSILON, 1 - EPSILON)
    clipped /= clipped.sum(axis=1, keepdims=True)
    return np.asarray(-np.log(clipped[np.arange(len(labels)), labels]))


def _score(labels: Labels, probabilities: Probabilities) -> float:
    return float(row_losses(labels, probabilities).mean())


LOG_LOSS = Metric(
    "log_loss",
    _score,
    kaggle_names=("logloss", "multiclassloss", "logarithmicloss", "crossentropy"),
    minimise=True,
    row_scores=row_losses,
    needs_probabilities=True,
    rewards_calibration=True,
)
