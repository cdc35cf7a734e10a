"""Where a training stood at its end, kept so that a longer one goes on from there instead of starting over.

Nothing else depends on these files: without its file a training starts over, and comes to the same.
"""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.system.files import atomic_write


@dataclass(frozen=True)
class Checkpoint:
    """A training after some epochs.

    Attributes:
        state: As ``Learner.state`` gave it.
        scores: Validation score after each epoch.
        seconds: Wall time of each epoch.
    """

    state: Mapping[str, NDArray[Any]]
    scores: tuple[float, ...]
    seconds: tuple[float, ...]


def checkpoint_path(folder: Path, trial: int) -> Path:
    """Where a study's folder keeps the end of a trial."""
    return folder / "checkpoints" / f"trial-{trial}.npz"


def save_checkpoint(path: Path, checkpoint: Checkpoint, key: str) -> None:
    """Write a checkpoint, whole or not at all; nothing in the file can run.

    Raises:
        DataError: The disk refused.
    """
    state = {f"state_{name}": value for name, value in checkpoint.state.items()}
    with atomic_write(path) as temporary:
        np.savez(
            temporary,
            allow_pickle=False,
            key=np.array(key),
            scores=np.array(checkpoint.scores),
            seconds=np.array(checkpoint.seconds),
            **state,
        )


def read_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """Read what ``save_checkpoint`` wrote; None where it is not there, damaged, or of another training."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            if str(arrays["key"]) != key:
                return None
            state = {
                name.removeprefix("state_"): arrays[name] for name in arrays.files if name.startswith("state_")
            }
            return Checkpoint(state, tuple(arrays["scores"].tolist()), tuple(arrays["seconds"].tolist()))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def drop_checkpoints(folder: Path, keep: Iterable[int]) -> None:
    """Delete all but those of some trials."""
    kept = {checkpoint_path(folder, number) for number in keep}
    for path in (folder / "checkpoints").glob("trial-*.npz"):
        if path not in kept:
            path.unlink(missing_ok=True)
