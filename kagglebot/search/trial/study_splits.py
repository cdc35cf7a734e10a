"""The rows that a study trains and validates its trials on."""

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.splits import Split, folds, holdout, plain_holdout, seal
from kagglebot.errors import DataError
from kagglebot.metrics.metric import Metric
from kagglebot.study_config.schema import Definition


def make_splits(definition: Definition, labels: NDArray[np.int64], metric: Metric) -> list[Split]:
    """Return (training rows, validation rows) of each fold; they are the same for every trial of a study.

    Raises:
        DataError: There are too few rows, or the metric is not defined on the validation rows.
    """
    validation = definition.validation
    rows, _ = seal(labels, fraction=validation.sealed, seed=validation.seed)
    labels = labels[rows]
    if validation.folds is not None:
        splits = folds(labels, count=validation.folds, seed=validation.seed)
    elif validation.stratified:
        splits = [holdout(labels, fraction=validation.fraction, seed=validation.seed)]
    else:
        splits = [plain_holdout(labels, fraction=validation.fraction, seed=validation.seed)]
    for _, valid_rows in splits:
        if metric.needs_two_classes and len(np.unique(labels[valid_rows])) < 2:
            raise DataError(
                f"All {len(valid_rows)} validation rows are of one class, and {metric.text} needs two.",
                "Hold out more rows: set a larger fraction, or fewer folds, in the study's [validation].",
            )
    return [(rows[train_rows], rows[valid_rows]) for train_rows, valid_rows in splits]
