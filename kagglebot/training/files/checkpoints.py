"""Checkpoints: the state of a training, from which it goes on after a kill, or a longer one or final model begins.

They only save time: without its file a training starts over.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import damage_errors
from kagglebot.system.logging import LOGGER
from kagglebot.training.curve import PartScore
from kagglebot.training.files.oof_predictions import trial_key

#: Seconds between two checkpoints of a training that runs.
CHECKPOINT_SECONDS = 120


@dataclass(frozen=True)
class EndedFold:
    """A fold of a trial, whose training is over."""

    scores: tuple[float, ...]  #: Validation score after each epoch.
    seconds: tuple[float, ...]  #: Seconds of each epoch.
    plain: NDArray[np.float32]  #: ``(n, classes)``: what its net predicts for its validation rows.
    averaged: NDArray[np.float32]  #: The same with test-time augmentation.
    errors: tuple[float, ...] = ()  #: See ``curve.Curve``.


@dataclass(frozen=True)
class FoldNet:
    """The net of a fold of a trial, as it predicts."""

    weights: tuple[NDArray[Any], ...]  #: What ``Learner.get_weights`` returned.
    #: ``(2,)`` or ``(2, channels)``: the ``learner.pixel_moments`` of the rows that it learned from.
    moments: NDArray[np.float64]


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after some epochs, or within one."""

    state: Mapping[str, NDArray[Any]]  #: What ``Learner.state`` returned.
    scores: tuple[float, ...]  #: Validation score after each epoch that has ended; none if it is not validated.
    seconds: tuple[float, ...]  #: Seconds of each epoch that has ended.
    under_way: float = 0.0  #: Seconds that the epoch took so far which has not ended; 0 between two epochs.
    chosen: "Checkpoint | None" = None  #: That of the epoch that is chosen so far, unless it is this one.
    folds: tuple[EndedFold, ...] = ()  #: The folds of the trial that ended before.
    errors: tuple[float, ...] = ()  #: See ``curve.Curve``.
    nets: tuple[FoldNet, ...] = ()  #: The nets of the folds that have ended, if they are kept.
    parts: tuple[PartScore, ...] = ()  #: See ``curve.Curve``.


def checkpoint_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds the checkpoint of a trial that may go on."""
    return folder / "checkpoints" / f"trial-{trial}.npz"


def chosen_path(folder: Path, trial: int) -> Path:
    """Return where a study's folder holds a trial's checkpoint of the epoch that validation chose."""
    return folder / "checkpoints" / f"chosen-{trial}.npz"


def running_path(folder: Path, first_try: int) -> Path:
    """Return where a study's folder holds the state of a trial that runs, by the number of its first try."""
    return folder / "checkpoints" / f"running-{first_try}.npz"


def final_path(model: Path) -> Path:
    """Return where the state of the training of a final model is while it runs, beside its file ``model``."""
    return model.with_suffix(".running.npz")


def more_epochs(epochs: int, share: float) -> int:
    """Return for how many epochs the net of a trial is continued on all rows: a share of its own, at least one."""
    return max(1, round(share * epochs))


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


def final_key(recipe: Mapping[str, Any], made_with: Mapping[str, Any], threads: int | None) -> str:
    """Identify the training of a final model.

    Args:
        recipe: The model's ``Recipe``, as its card stores it.
        made_with: What decides its weights beside the recipe; see ``provenance.made_with``.
        threads: Threads that were asked for; None for any, which may be others when it goes on.
    """
    made = {**made_with, "threads": threads}
    return hashlib.sha256(json.dumps([recipe, made], sort_keys=True).encode()).hexdigest()[:16]


def save_checkpoint(path: Path, checkpoint: Checkpoint, key: str) -> None:
    """Write a checkpoint, completely or not at all; the file holds no code.

    Raises:
        DataError: The disk refused.
    """
    arrays = {"key": key, "under_way": checkpoint.under_way, **_arrays(checkpoint)}
    if checkpoint.chosen is not None and (checkpoint.under_way or checkpoint.chosen.scores != checkpoint.scores):
        arrays |= {f"chosen_{name}": value for name, value in _arrays(checkpoint.chosen).items()}
    for number, fold in enumerate(checkpoint.folds):
        arrays |= {f"fold_{number}_{name}": value for name, value in vars(fold).items()}
    for number, net in enumerate(checkpoint.nets):
        arrays |= {f"net_{number}_{place}": value for place, value in enumerate(net.weights)}
        arrays[f"net_{number}_moments"] = net.moments
    with atomic_write(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def _arrays(checkpoint: Checkpoint) -> dict[str, Any]:
    states = {f"state_{name}": value for name, value in checkpoint.state.items()}
    lists = {name: getattr(checkpoint, name) for name in ("scores", "seconds", "errors", "parts")}
    return {**lists, **states}


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
            return _read(dict(arrays))
    except DataError:
        return None


def _read(arrays: Mapping[str, NDArray[Any]]) -> Checkpoint:
    folds = [
        EndedFold(**_curve(arrays, prefix), plain=arrays[f"{prefix}plain"], averaged=arrays[f"{prefix}averaged"])
        for prefix in (name.removesuffix("plain") for name in arrays if name.endswith("_plain"))
    ]
    chosen = Checkpoint(**_fields(arrays, "chosen_")) if "chosen_scores" in arrays else None
    under_way, nets = float(arrays.get("under_way", 0.0)), tuple(_nets(arrays))
    return Checkpoint(**_fields(arrays), under_way=under_way, chosen=chosen, folds=tuple(folds), nets=nets)


def _nets(arrays: Mapping[str, NDArray[Any]]) -> Iterator[FoldNet]:
    number = 0
    while (moments := arrays.get(f"net_{number}_moments")) is not None:
        places = sum(name.startswith(f"net_{number}_") for name in arrays) - 1
        yield FoldNet(tuple(arrays[f"net_{number}_{place}"] for place in range(places)), moments)
        number += 1


def _fields(arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> dict[str, Any]:
    states = f"{prefix}state_"
    state = {name.removeprefix(states): value for name, value in arrays.items() if name.startswith(states)}
    parts = arrays.get(f"{prefix}parts", np.empty(0)).reshape(-1, len(PartScore._fields))
    return {"state": state, **_curve(arrays, prefix), "parts": tuple(PartScore(*part) for part in parts.tolist())}


def _curve(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, Any]:
    read = {name: tuple(arrays[prefix + name].tolist()) for name in ("scores", "seconds")}
    return {**read, "errors": tuple(arrays[f"{prefix}errors"].tolist()) if f"{prefix}errors" in arrays else ()}


@dataclass(frozen=True)
class StoredCheckpoint:
    """The checkpoint of a certain training, in a file."""

    path: Path  #: Its file.
    key: str  #: The ``checkpoint_key`` of the training.

    @property
    def is_there(self) -> bool:
        """Whether it can be read."""
        return read_checkpoint(self.path, self.key) is not None

    def count_nets(self) -> int:
        """Return how many nets of folds it has; 0 if it cannot be read."""
        checkpoint = read_checkpoint(self.path, self.key)
        return len(checkpoint.nets) if checkpoint else 0

    def load(self) -> Checkpoint:
        """Read it.

        Raises:
            DataError: It is missing or damaged.
        """
        checkpoint = read_checkpoint(self.path, self.key)
        if checkpoint is None:
            raise DataError(f"{self.path} is gone or damaged.", "Run the same command again: it does without.")
        return checkpoint


@dataclass
class RunningCheckpoint:
    """The file for the state of a training that runs, from which it goes on should its process be killed."""

    path: Path  #: The file.
    key: str  #: What tells the training from others.
    _saved: float = field(default_factory=time.monotonic)

    def read(self) -> Checkpoint | None:
        """Return the state in which the training was cut off; None if it is new."""
        return read_checkpoint(self.path, self.key)

    def save(self, make: Callable[[], Checkpoint | None], *, now: bool = False) -> None:
        """Save what ``make`` returns if the last state is minutes old, or ``now``, unless the disk refuses."""
        if not now and time.monotonic() - self._saved < CHECKPOINT_SECONDS:
            return
        if (checkpoint := make()) is not None:
            try:
                save_checkpoint(self.path, checkpoint, self.key)
            except DataError as error:
                LOGGER.warning("%s The training goes on; killed now, it would start over.", error.message)
        self._saved = time.monotonic()


def stored_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints in a study's folder; not those that are being written."""
    return list((folder / "checkpoints").glob("[!.]*-*.npz"))
