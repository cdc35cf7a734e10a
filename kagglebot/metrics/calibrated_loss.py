"""Log loss at the best temperature: compares models whose scores are equal."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.log_loss import EPSILON, row_losses
from kagglebot.metrics.metric import Metric

#: Least and greatest inverse of a temperature.
_INVERSE_TEMPERATURES = (0.1, 10.0)


def calibrated_losses(
    metric: Metric, labels: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the log loss of each row ``(n,)`` after temperature scaling.

    Probabilities are brought to the temperature at which their mean loss is least (Guo et al. 2017,
    arXiv:1706.04599): how confident a net is overall does not show which classes it can distinguish, and label
    smoothing lowers its confidence everywhere. A metric that rewards calibration takes them as they are.

    Args:
        metric: The competition's metric.
        labels: ``(n,)`` the true classes.
        probabilities: ``(n, classes)``, each row sums to 1.
    """
    return row_losses(labels, probabilities if metric.rewards_calibration else _scaled(labels, probabilities))


def _scaled(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.optimize import minimize_scalar

    logits = np.log(probabilities.clip(EPSILON, 1))
    logits -= logits.max(axis=1, keepdims=True)
    right = logits[np.arange(len(labels)), labels].mean()

    def mean_loss(inverse: float) -> float:
        return float(np.log(np.exp(inverse * logits).sum(axis=1)).mean() - inverse * right)

    found = minimize_scalar(mean_loss, bounds=_INVERSE_TEMPERATURES, method="bounded", options={"xatol": 0.01})
    powers = np.exp(found.x * logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
