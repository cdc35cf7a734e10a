"""The rows that a study trains and validates its trials on."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Groups, Split
from kagglebot.errors import DataError
from kagglebot.metrics.metric import Metric
from kagglebot.study_config.schema import Definition


def make_splits(
    definition: Definition, labels: NDArray[np.int64], metric: Metric, groups: Groups = None
) -> list[Split]:
    """Return (training rows, validation rows) of each fold; they are the same for every trial of a study.

    With ``groups``, (rows,) int64, the rows of a group are all sealed, all in training or all in validation.

    Raises:
        DataError: There are too few rows, or the metric is not defined on the validation rows.
    """
    splits = definition.validation.splits(labels, groups)
    for _, valid_rows in splits:
        if metric.needs_two_classes and len(np.unique(labels[valid_rows])) < 2:
            raise DataError(
                f"All {len(valid_rows)} validation rows are of one class, and {metric.text} needs two.",
                "Hold out more rows: set a larger fraction, or fewer folds, in the study's [validation].",
            )
    return splits
