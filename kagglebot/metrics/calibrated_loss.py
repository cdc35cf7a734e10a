"""Log loss at the best temperature: compares models whose scores are equal."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.metrics.log_loss import SPREAD, apply_temperature, fit_temperature, row_losses
from kagglebot.metrics.multilabel import apply_to_cells, fit_cells, row_losses_of_sets

#: A wider prior than for one net: nets are compared at their own best temperatures, wherever these are.
_SPREAD = 4 * SPREAD


def calibrated_losses(labels: NDArray[Any], probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the log loss of each row ``(n,)`` at the temperature at which their mean is least.

    How confident a net is overall does not show which classes it can distinguish, and label smoothing lowers its
    confidence everywhere.

    Args:
        labels: ``(n,)`` the true classes; or ``(n, classes)`` of 0 and 1: the mean loss of the classes.
        probabilities: ``(n, classes)``, each row sums to 1 where it has one class.
    """
    if labels.ndim == 2:
        numbers = fit_cells(partial(fit_temperature, spread=_SPREAD), labels, probabilities)
        return row_losses_of_sets(labels, apply_to_cells(probabilities, numbers))
    temperature = fit_temperature(labels, probabilities, spread=_SPREAD)
    return row_losses(labels, apply_temperature(probabilities, temperature))
