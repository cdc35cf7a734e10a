"""Trials and out-of-fold predictions as pandas DataFrames."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kagglebot.analysis.confusion import read_trial_oof
from kagglebot.analysis.study_summary import StudySummary
from kagglebot.analysis.trial_result import STATES, TrialResult
from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.labels.label_sets import set_numbers
from kagglebot.metrics.adjustments.thresholds import named

if TYPE_CHECKING:
    import pandas as pd

#: Dtypes of the columns that every study has, in their order; the parameters follow.
_TRIAL_COLUMNS = {
    "number": "int64",
    "state": "category",
    "value": "float64",
    "epochs": "Int64",
    "epochs_run": "int64",
    "planned": "Int64",
    "seconds": "float64",
    "parameter_count": "Int64",
    "seed": "int64",
    "tta": "bool",
    "plain_score": "float64",
    "tta_score": "float64",
    "continues": "Int64",
    "backend": "string",
    "reason": "string",
}


def trials_dataframe(summary: StudySummary) -> "pd.DataFrame":
    """Return one row for each trial of a study, by number.

    ===============  ========  ==================================================================================
    column           dtype     meaning
    ===============  ========  ==================================================================================
    number           int64     the trial's number in the study, from 0
    state            category  waiting, running, complete, pruned, failed or interrupted
    value            float64   validation score in the competition's metric; NaN for a trial that is not complete
    epochs           Int64     the epoch with the best validation score, which the final model is trained for
    epochs_run       int64     epochs that were trained and validated
    planned          Int64     epochs that the learning rate schedule was laid out for
    seconds          float64   wall time, in seconds
    parameter_count  Int64     trainable parameters of the model
    seed             int64     seed of the initial weights, the order of the rows and the augmentation
    tta              bool      whether test-time augmentation is used, as it improved the validation score
    plain_score      float64   validation score without test-time augmentation
    tta_score        float64   validation score with it
    continues        Int64     number of the trial whose training this one continued
    backend          string    what computed it: tensorflow, torch or scikit-learn
    reason           string    why the trial ended early; empty for a complete one
    ===============  ========  ==================================================================================

    One column ``params_NAME`` follows for each searched parameter: Int64, float64, boolean or string.

    What is not known, or does not apply to a trial, is NaN or ``<NA>``.
    """
    import pandas as pd

    frame = attributes_dataframe(summary.trials, _TRIAL_COLUMNS)
    frame["state"] = pd.Categorical(frame["state"], categories=STATES)
    names = dict.fromkeys(name for trial in summary.trials for name in trial.params)
    parameters = {
        f"params_{name}": _parameter_column([trial.params.get(name) for trial in summary.trials]) for name in names
    }
    return pd.concat([frame, pd.DataFrame(parameters, index=frame.index)], axis="columns")


def attributes_dataframe(records: Sequence[Any], dtypes: Mapping[str, str]) -> "pd.DataFrame":
    """Return one row for each record, with a column for each attribute in ``dtypes``."""
    import pandas as pd

    columns = {name: [getattr(record, name) for record in records] for name in dtypes}
    return pd.DataFrame({name: pd.Series(columns[name], dtype=dtype) for name, dtype in dtypes.items()})


def _parameter_column(values: Sequence[Any]) -> "pd.Series[Any]":
    """Return a column whose dtype says what its values are, also where some are missing."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean")
    if kinds == {int}:
        return pd.Series(values, dtype="Int64")
    if kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    return pd.Series([None if value is None else str(value) for value in values], dtype="string")


def oof_dataframe(summary: StudySummary, trial: TrialResult, folder: Path, dataset: Dataset) -> "pd.DataFrame":
    """Return a trial's out-of-fold predictions, one row for each training row that it was validated on.

    =================  ========  ===================================================================
    column             dtype     meaning
    =================  ========  ===================================================================
    row                int64     row number in the training set, from 0, rising
    label              category  the true class
    predicted          category  the class with the highest probability; of several those from 0.5 on
    fold               Int64     fold that the row was validated in, from 0; ``<NA>`` with a holdout
    probability_CLASS  float32   predicted probability, from 0 to 1: one column for each class
    =================  ========  ===================================================================

    The categories of ``label`` and ``predicted`` are the class names as text, in the order of the columns; where
    an image may have several classes, they are sets: "rust, scab".

    Raises:
        DataError: The trial has no out-of-fold predictions, or they are damaged or of other data.
    """
    import numpy as np
    import pandas as pd

    oof = read_trial_oof(trial, folder, dataset)
    names = [str(name) for name in dataset.schema.classes]
    classes = pd.Index(names)
    fold = np.full(len(dataset.train_labels), -1, np.int64)
    split = summary.split
    if split is not None and split.folds is not None:
        for number, (_, rows) in enumerate(split.splits(dataset.train_labels, dataset.train_groups)):
            fold[rows] = number
    labels = dataset.train_labels[oof.rows]
    if labels.ndim == 2:
        codes, sets = set_numbers(np.concatenate([labels, named(oof.probabilities).astype(np.uint8)]), names)
        (label, predicted), classes = np.split(codes, 2), pd.Index(sets)
    else:
        label, predicted = labels, oof.probabilities.argmax(axis=1)
    frame = pd.DataFrame(
        {
            "row": oof.rows,
            "label": pd.Categorical.from_codes(label, classes),
            "predicted": pd.Categorical.from_codes(predicted, classes),
            "fold": pd.Series(fold[oof.rows], dtype="Int64").mask(fold[oof.rows] < 0),
        }
    )
    columns = [f"probability_{name}" for name in names]
    return pd.concat([frame, pd.DataFrame(oof.probabilities, columns=columns)], axis="columns")
