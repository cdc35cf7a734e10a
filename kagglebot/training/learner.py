"""What learns: the contract between the fit loop and the engines that train."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import KagglebotError
from kagglebot.models.base import ImageShape
from kagglebot.training.settings import CommonSettings

#: Images read at a time where all that is wanted is a sum over them.
_READ = 64


class TrainingError(KagglebotError):
    """This net cannot be trained: it diverged or does not fit into memory."""


#: Called after each step with the share of the epoch that is done; may raise to stop the training.
OnStep = Callable[[float], None]

#: Maps uint8 images ``(n, height, width, channels)`` to class probabilities ``(n, classes)`` float32.
Predictor = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


class Learner(Protocol):
    """A net that learns an epoch at a time."""

    @property
    def settings(self) -> CommonSettings:
        """How it is trained."""
        ...

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters."""
        ...

    @property
    def finished(self) -> bool:
        """Whether further epochs would not teach it anything, by its training loss alone."""
        ...

    def steps(self, rows: int) -> int:
        """How often ``run_epoch`` will call ``on_step`` for so many rows."""
        ...

    def run_epoch(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        rows: NDArray[np.int64],
        *,
        progress: Callable[[float], float],
        on_step: OnStep | None = None,
    ) -> None:
        """Go once over ``rows``, in a new random order.

        Args:
            images: ``(n, height, width, channels)`` uint8.
            labels: ``(n,)`` class indices.
            rows: The rows to train on.
            progress: From the share of this epoch to the share of the whole training.
            on_step: Told the share of the epoch after each step.

        Raises:
            TrainingError: The loss is no longer a number, or memory ran out.
        """
        ...

    def epoch_ended(self, *, improved: bool) -> None:
        """Be told whether the epoch has the best validation score so far."""
        ...

    def predict(self, images: NDArray[np.uint8], rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Give class probabilities ``(rows, classes)`` for the rows of ``images``, all where None."""
        ...

    def save(self, path: Path) -> None:
        """Write the model, whole or not at all."""
        ...

    def state(self) -> dict[str, NDArray[Any]] | None:
        """Give all that the next epochs depend on; None where they depend on how many were planned, too."""
        ...

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Stand where a net of the same settings stood: from here on it goes as it would have gone there.

        Raises:
            ValueError: It is the state of another net.
        """
        ...


def pixel_moments(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[float, float]:
    """Mean and standard deviation of the pixels of every n-th row, 20,000 at most, read a few at a time."""
    sample = np.sort(rows[:: max(1, len(rows) // 10_000)])
    counts = np.zeros(256)
    for start in range(0, len(sample), _READ):
        counts += np.bincount(images[sample[start : start + _READ]].reshape(-1), minlength=256)
    shares, values = counts / counts.sum(), np.arange(256)
    mean = float(shares @ values)
    return mean, float(np.sqrt(shares @ (values - mean) ** 2))


def image_shape(images: NDArray[np.uint8]) -> ImageShape:
    """Give (height, width, channels) of ``(n, height, width, channels)`` images."""
    _, height, width, channels = images.shape
    return height, width, channels


def now() -> float:
    """Seconds of a clock that never jumps."""
    return time.monotonic()
