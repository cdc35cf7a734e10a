"""The score of a choice of models on rows that had no part in it.

Models that are chosen for their predictions of some rows look better on these than they are: the more there are to
choose from, the more so. So the choice is repeated without each part of the rows in turn, and what it chose is
scored on that part: cross-validation of the choice (Varma & Simon 2006, doi:10.1186/1471-2105-7-91).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups
from kagglebot.metrics.left_out_parts import left_out_parts
from kagglebot.metrics.metric import Labels, Metric, Probabilities

#: Chooses models for the rows of a mask ``(n,)``; returns their numbers in the order of the choice.
Choose = Callable[[NDArray[np.bool_]], Sequence[int]]


def choice_scores(
    metric: Metric, labels: Labels, predictions: Mapping[int, Probabilities], choose: Choose, groups: Groups = None
) -> tuple[float, ...]:
    """Return the score of the model chosen first, of the first two together, and so on.

    No row is scored by what was chosen, or adjusted, with it, unless there are too few rows, or groups, to leave
    out some.

    Args:
        metric: The competition's metric.
        labels: ``(n,)`` the true classes of the rows.
        predictions: Class probabilities ``(n, classes)`` of each model for these rows, by its number.
        choose: Makes the choice. It may choose fewer models from some rows than from others; the mean is then of
            fewer.
        groups: ``(n,)`` int64, the group of each row, all of which are in one part; None where each is its own.
    """
    parts = left_out_parts(len(labels), groups)
    choices = [choose(~part) for part in parts]
    if not parts:
        parts = [np.ones(len(labels), bool)]
        choices = [choose(parts[0])]
    scores = []
    for count in range(1, max(map(len, choices)) + 1):
        mean = np.empty_like(next(iter(predictions.values())))
        for rows, chosen in zip(parts, choices, strict=True):
            mean[rows] = np.mean([predictions[each][rows] for each in chosen[:count]], axis=0, dtype=np.float64)
        scores.append(metric.adjusted_score(labels, mean, groups))
    return tuple(scores)
