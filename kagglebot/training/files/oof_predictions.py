"""Out-of-fold predictions: what the net of a trial predicts for the rows it was validated on.

Ensembles, the choice of the final trial and the confusion matrix are made from them. A trial without its file is
left out there.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import damage_errors
from kagglebot.training.settings_aliases import settings_of_0_1


@dataclass(frozen=True)
class OofPredictions:
    """Predictions for rows that the net was not trained on."""

    rows: NDArray[np.int64]  #: ``(n,)`` int64, row numbers of the training set, ascending.
    probabilities: NDArray[np.float32]  #: ``(n, classes)`` float32.


def oof_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds the predictions of a trial."""
    return folder / "predictions" / f"trial-{trial}.npz"


def trial_key(settings: Mapping[str, Any], seed: int, digest: str, weights: str | None = None) -> str:
    """Return a key that tells a trial from others of the same number, on other data or in another storage.

    Args:
        settings: All settings of the trial.
        seed: Its seed.
        digest: Content key of the data.
        weights: Digest of the pretrained weights that it began with; None if it began with random ones.

    Settings go in under the names of version 0.1, so that the files of 0.1 keep their keys.
    """
    began_with = [weights] if weights else []
    decisive = json.dumps([settings_of_0_1(settings), seed, digest, *began_with], sort_keys=True)
    return hashlib.sha256(decisive.encode()).hexdigest()[:16]


def save_oof(path: Path, oof: OofPredictions, key: str) -> None:
    """Write the predictions, completely or not at all; the file holds no code.

    Raises:
        DataError: The disk refused.
    """
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, rows=oof.rows, probabilities=oof.probabilities, key=key)


def read_oof(path: Path, key: str, *, rows: int, classes: int) -> OofPredictions:
    """Read the predictions of a trial.

    Args:
        path: The file.
        key: The ``trial_key`` of the trial.
        rows: Rows of the training set.
        classes: Number of classes.

    Raises:
        DataError: The file is missing, damaged, or of another trial.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing.", "Only trials with stored validation predictions can join.")

    def damaged(reason: str) -> DataError:
        return DataError(f"{path} is damaged.", "Delete it: that trial is left out then.")

    with damage_errors(path, damaged), path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        oof = OofPredictions(arrays["rows"], arrays["probabilities"])
        same = str(arrays["key"]) == key
    if not same:
        raise DataError(f"{path} is of another trial, or of data since replaced.", "Delete it.")
    if not _is_sound(oof, rows, classes):
        raise damaged("rows or probabilities that cannot be")
    return oof


def _is_sound(oof: OofPredictions, rows: int, classes: int) -> bool:
    return (
        oof.rows.ndim == 1
        and oof.rows.dtype == np.int64
        and len(oof.rows) > 0
        and bool((np.diff(oof.rows) > 0).all())
        and 0 <= oof.rows[0] <= oof.rows[-1] < rows
        and oof.probabilities.shape == (len(oof.rows), classes)
        and oof.probabilities.dtype == np.float32
        and bool(np.isfinite(oof.probabilities).all())
    )
