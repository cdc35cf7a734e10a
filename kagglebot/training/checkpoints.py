"""Checkpoints: the state of a net at the end of a training, from which a longer one continues.

They only save time: without its file a training starts over and ends with the same net.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files import atomic_write, damage_errors


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after some epochs."""

    state: Mapping[str, NDArray[Any]]  #: What ``Learner.state`` returned.
    scores: tuple[float, ...]  #: Validation score after each epoch.
    seconds: tuple[float, ...]  #: Seconds of each epoch.


def checkpoint_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds the checkpoint of a trial."""
    return folder / "checkpoints" / f"trial-{trial}.npz"


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


def drop_checkpoints(folder: Path, retained: Iterable[int]) -> None:
    """Delete the checkpoints of all trials but ``retained``."""
    paths = {checkpoint_path(folder, number) for number in retained}
    for path in (folder / "checkpoints").glob("trial-*.npz"):
        if path not in paths:
            path.unlink(missing_ok=True)
