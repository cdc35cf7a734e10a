"""The partners of the best trial: nets that err elsewhere, so that their mean is better than each alone."""

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.calibrated_loss import calibrated_losses
from kagglebot.training.scoring.standard_error import mean_error


def find_partners(
    labels: NDArray[np.int64],
    best: int,
    predictions: Mapping[int, NDArray[np.float32]],
    kinds: Mapping[int, Hashable],
    nets: int,
    *,
    groups: Groups = None,
) -> list[int]:
    """Return the numbers of up to ``nets`` trials to average, the best first.

    Each next one is that with which the mean has the lowest log loss. It is taken unless it makes that worse by
    more than a standard error of the difference, estimated row by row: few rows cannot show what another net adds,
    and it seldom harms.

    Args:
        labels: ``(n,)`` the true classes of the rows.
        best: Number of the best trial.
        predictions: Class probabilities ``(n, classes)`` of each trial for the same rows, by its number.
        kinds: What each net is, by number; of one kind only one is taken, as the others make its mistakes.
        nets: Number of nets to average.
        groups: ``(n,)`` int64, the group of each row; None where each is one of its own.
    """
    chosen, total = [best], predictions[best].astype(np.float64)
    losses = calibrated_losses(labels, predictions[best])
    while len(chosen) < nets:
        taken = {kinds[number] for number in chosen}
        means = {
            number: calibrated_losses(labels, ((total + each) / (len(chosen) + 1)).astype(np.float32))
            for number, each in predictions.items()
            if kinds[number] not in taken
        }
        partner = min(means, key=lambda number: (means[number].mean(), number), default=None)
        if partner is None or (more := means[partner] - losses).mean() > mean_error(more, groups):
            break
        chosen.append(partner)
        total, losses = total + predictions[partner], means[partner]
    return chosen
