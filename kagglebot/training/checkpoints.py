"""Checkpoints: the state of a net after some epochs, from which a longer training continues, or the final model.

They only save time: without its file a training starts over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files import atomic_write, damage_errors
from kagglebot.training.oof_predictions import trial_key

#: Share of a trial's epochs for which its net is trained further on all rows, to become the final model.
FURTHER = 0.2


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after some epochs."""

    state: Mapping[str, NDArray[Any]]  #: What ``Learner.state`` returned.
    scores: tuple[float, ...]  #: Validation score after each epoch.
    seconds: tuple[float, ...]  #: Seconds of each epoch.


def checkpoint_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds the checkpoint of a trial that may go on."""
    return folder / "checkpoints" / f"trial-{trial}.npz"


def chosen_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds a trial's checkpoint of the epoch that validation chose."""
    return folder / "checkpoints" / f"chosen-{trial}.npz"


def running_path(folder: Path, first_try: int) -> Path:
    """Return where a study's folder holds the state of a trial that runs, by the number of its first try."""
    return folder / "checkpoints" / f"running-{first_try}.npz"


def further_epochs(epochs: int) -> int:
    """Return for how many epochs the net of a trial is trained further on all rows."""
    return max(1, round(FURTHER * epochs))


def checkpoint_key(settings: Mapping[str, Any], seed: int, digest: str, made_with: Mapping[str, Any]) -> str:
    """Identify a training of any number of epochs; a checkpoint of another version or backend may not fit.

    Args:
        settings: All settings of the trial.
        seed: Its seed.
        digest: Content key of the data.
        made_with: Has its ``versions``, its ``backend`` and, if it began with pretrained weights, their digest.
    """
    made = {name: made_with.get(name) for name in ("versions", "backend")}
    return trial_key({**settings, "epochs": 0, **made}, seed, digest, made_with.get("weights"))


def save_checkpoint(path: Path, checkpoint: Checkpoint, key: str) -> None:
    """Write a checkpoint, completely or not at all; the file holds no code.

    Raises:
        DataError: The disk refused.
    """
    arrays: dict[str, Any] = {f"state_{name}": value for name, value in checkpoint.state.items()}
    arrays |= {"key": key, "scores": checkpoint.scores, "seconds": checkpoint.seconds}
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def read_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """Read a checkpoint; None if the file is missing, damaged, or of another training."""
    try:
        with (
            damage_errors(path, DataError),
            path.open("rb") as stream,
            np.load(stream, allow_pickle=False) as arrays,
        ):
            if str(arrays["key"]) != key:
                return None
            names = [name for name in arrays.files if name.startswith("state_")]
            state = {name.removeprefix("state_"): arrays[name] for name in names}
            return Checkpoint(state, tuple(arrays["scores"].tolist()), tuple(arrays["seconds"].tolist()))
    except DataError:
        return None


@dataclass(frozen=True)
class StoredCheckpoint:
    """The checkpoint of a certain training, in a file."""

    path: Path  #: Its file.
    key: str  #: The ``checkpoint_key`` of the training.

    @property
    def is_there(self) -> bool:
        """Whether it can be read."""
        return read_checkpoint(self.path, self.key) is not None

    def load(self) -> Checkpoint:
        """Read it.

        Raises:
            DataError: It is missing or damaged.
        """
        checkpoint = read_checkpoint(self.path, self.key)
        if checkpoint is None:
            raise DataError(f"{self.path} is gone or damaged.", "Run the same command again: it does without.")
        return checkpoint


def drop_checkpoints(folder: Path, retained: Iterable[Path]) -> None:
    """Delete all checkpoints in a study's folder but ``retained``."""
    kept = set(retained)
    for path in (folder / "checkpoints").glob("*-*.npz"):
        if path not in kept:
            path.unlink(missing_ok=True)
