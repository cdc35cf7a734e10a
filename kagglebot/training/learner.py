"""The contract between the fit loop and the engines that train."""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import KagglebotError
from kagglebot.models.base import ImageShape, Scaling
from kagglebot.training.settings import CommonSettings

#: Images read at a time to sum over all of them, and bytes read at most: the mean of more is no other.
_READ, _BYTES = 64, 1 << 26


class FailureKind(StrEnum):
    """The reason why a net could not be trained; stored with the result of a trial."""

    DIVERGED = "diverged"
    OUT_OF_MEMORY = "out_of_memory"
    KILLED = "killed"  # most likely as the kernel needed the memory


_LESS_MEMORY = "fewer filters or units, a smaller batch_size, or fewer --jobs"
#: What helps against each kind of failure.
REMEDIES = {
    FailureKind.DIVERGED: "a lower learning_rate",
    FailureKind.OUT_OF_MEMORY: _LESS_MEMORY,
    FailureKind.KILLED: _LESS_MEMORY,
}


class TrainingError(KagglebotError):
    """A net that cannot be trained.

    Args:
        message: What happened.
        hint: What to do about it.
        kind: Why; None for any other reason.
    """

    def __init__(self, message: str, hint: str = "", kind: FailureKind | None = None) -> None:
        super().__init__(message, hint)
        self.kind = kind

    def __reduce__(self) -> tuple[type["TrainingError"], tuple[str, str, FailureKind | None]]:  # type: ignore[override]
        return type(self), (self.message, self.hint, self.kind)


def ignore_share(share: float) -> None:
    """Take no note of the share that is done."""


def diverged(what: str = "the loss is no longer a number") -> TrainingError:
    """Return the error of a net whose numbers have grown too large."""
    return TrainingError(what, "Use a lower learning rate.", FailureKind.DIVERGED)


Images = NDArray[np.uint8]  #: ``(n, height, width, channels)``
#: ``(n,)`` int64 class indices; ``(n, classes)`` uint8 of 0 and 1 where an image may have several classes
Labels = NDArray[Any]
Rows = NDArray[np.int64]  #: ``(m,)`` row numbers of images
Probabilities = NDArray[np.float32]  #: ``(n, classes)``
#: Called after each step with the share of the epoch that is done; may raise to stop the training.
OnStep = Callable[[float], None] | None
#: Called with the share that is done of what comes before the first epoch; may raise to stop.
OnShare = Callable[[float], None]
#: Maps the share of an epoch that is done to the share of the planned training.
Position = Callable[[float], float]
Predictor = Callable[[Images], Probabilities]


class Learner(Protocol):
    """A net that is trained an epoch at a time."""

    @property
    def settings(self) -> CommonSettings:
        """The settings it is trained with."""

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters."""

    @property
    def finished(self) -> bool:
        """Whether its training loss has stalled, so that more epochs are of no use."""

    def renew(self, *, pixel_moments: Scaling) -> bool:
        """Become what a new net with the same settings and seed is, for images with these ``pixel_moments``.

        Returns:
            False if it cannot: then nothing has changed.
        """

    def prepare(self, images: Images, on_share: OnShare) -> None:
        """Compute what trainings on ``images`` need before their first epoch, unless it is there."""

    def steps(self, rows: int) -> int:
        """Return how often ``run_epoch`` calls ``on_step`` for so many rows."""

    def run_epoch(
        self, images: Images, labels: Labels, rows: Rows, *, schedule_position: Position, on_step: OnStep = None
    ) -> None:
        """Train once on all of ``rows``, in a new random order; after ``restore`` on those that were left of them.

        Raises:
            TrainingError: The loss is no longer a number, or memory ran out.
        """

    def epoch_ended(self, *, improved: bool) -> None:
        """Take note whether the epoch has the best validation score so far."""

    def settle(self, images: Images, rows: Rows) -> bool:
        """Prepare what predicts, after the last epoch on ``rows``; return whether this changes it.

        Epochs that follow do not depend on it.
        """

    def predict(self, images: Images, rows: Rows | None = None) -> Probabilities:
        """Return the class probabilities of the rows of ``images``; of all if None."""

    def predict_views(self, images: Images, rows: Rows) -> tuple[Probabilities, Probabilities]:
        """Return the class probabilities of the rows without and with test-time augmentation."""

    def save(self, path: Path) -> None:
        """Write the model, whole or not at all."""

    def get_weights(self) -> list[NDArray[Any]]:
        """Return the weights that it predicts with."""

    def set_weights(self, weights: Sequence[NDArray[Any]]) -> None:
        """Predict with these weights from now on, which ``get_weights`` of a net with the same settings returned.

        Raises:
            ValueError: They are of another net.
        """

    def state(self) -> dict[str, NDArray[Any]] | None:
        """Return all that the next epochs depend on, beside how many are planned; None if it cannot be known.

        ``on_step`` may ask for it too: then also where in its epoch the net is.
        """

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from the ``state`` of a net with the same settings, as that net would have gone on.

        Raises:
            ValueError: The state is that of another net.
        """


def pixel_moments(images: Images, rows: Rows) -> Scaling:
    """Return mean and standard deviation of the pixels of every n-th row; of colour images for each channel."""
    _, *shape, channels = images.shape
    most = max(1, min(10_000, _BYTES // (math.prod(shape) * channels)))
    sample = np.sort(rows[:: max(1, len(rows) // most)])
    counts = np.zeros((channels, 256))
    for start in range(0, len(sample), _READ):
        piece = images[sample[start : start + _READ]].reshape(-1, channels)
        counts += [np.bincount(pixels, minlength=256) for pixels in piece.T]
    values, moments = np.arange(256), []
    for shares in counts / counts.sum(axis=1, keepdims=True):
        mean = float(shares @ values)
        moments.append((mean, float(np.sqrt(shares @ (values - mean) ** 2))))
    if channels == 1:
        return moments[0]
    means, deviations = zip(*moments, strict=True)
    return list(means), list(deviations)


def image_shape(images: Images) -> ImageShape:
    """Return (height, width, channels) of the images."""
    _, height, width, channels = images.shape
    return height, width, channels
