"""What a trial's net answered for the rows it was scored on, kept so that trials can be put together.

Nothing else depends on these files: without its file a trial cannot join an ensemble, and that is all.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files import atomic_write, disk_errors
from kagglebot.training.settings_aliases import settings_of_0_1


@dataclass(frozen=True)
class OofPredictions:
    """Answers for rows that a net did not learn from.

    Attributes:
        rows: ``(n,)`` int64, row numbers of the training set, rising.
        probabilities: ``(n, classes)`` float32.
    """

    rows: NDArray[np.int64]
    probabilities: NDArray[np.float32]


def oof_path(folder: Path, trial: int) -> Path:
    """Where a study's folder keeps the answers of a trial."""
    return folder / "predictions" / f"trial-{trial}.npz"


def trial_key(settings: Mapping[str, Any], seed: int, digest: str) -> str:
    """Return a key that tells a trial from others of the same number, on other data or in another storage.

    Settings go in under the names of version 0.1, so that the files of 0.1 keep their keys.
    """
    decisive = json.dumps([settings_of_0_1(settings), seed, digest], sort_keys=True)
    return hashlib.sha256(decisive.encode()).hexdigest()[:16]


def save_oof(path: Path, answers: OofPredictions, key: str) -> None:
    """Write the answers, whole or not at all; nothing in the file can run.

    Raises:
        DataError: The disk refused.
    """
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, rows=answers.rows, probabilities=answers.probabilities, key=key)


def read_oof(path: Path, key: str, *, rows: int, classes: int) -> OofPredictions:
    """Read what ``save_oof`` wrote.

    Args:
        path: The file.
        key: The ``trial_key`` of the trial whose answers they should be.
        rows: Rows of the training set.
        classes: Number of classes.

    Raises:
        DataError: There is no such file, it is damaged, or of another trial.
    """
    if not path.is_file():
        raise DataError(f"{path} is not there.", "Only trials that kept their validation predictions can join.")
    with disk_errors(f"read {path}"), path.open("rb") as stream:  # np.load leaves a damaged file open
        try:
            with np.load(stream, allow_pickle=False) as arrays:
                kept = OofPredictions(arrays["rows"], arrays["probabilities"])
                same = str(arrays["key"]) == key
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} is damaged.", "Delete it: that trial is left out then.") from error
    if not same:
        raise DataError(f"{path} is of another trial, or of data since replaced.", "Delete it.")
    if not _is_sound(kept, rows, classes):
        raise DataError(f"{path} is damaged.", "Delete it: that trial is left out then.")
    return kept


def _is_sound(kept: OofPredictions, rows: int, classes: int) -> bool:
    return (
        kept.rows.ndim == 1
        and kept.rows.dtype == np.int64
        and len(kept.rows) > 0
        and bool((np.diff(kept.rows) > 0).all())
        and 0 <= kept.rows[0] <= kept.rows[-1] < rows
        and kept.probabilities.shape == (len(kept.rows), classes)
        and kept.probabilities.dtype == np.float32
        and bool(np.isfinite(kept.probabilities).all())
    )
