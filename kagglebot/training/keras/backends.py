"""The backends of Keras: TensorFlow, which comes with kagglebot, or PyTorch, an extra.

Keras fixes its backend when it is first imported, so a process has one; a net for another backend is trained in a
process of its own. Models are saved in Keras's own format and load on either.
"""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import UsageError
from kagglebot.training.keras.augmentation import Augmentation
from kagglebot.training.keras.ema import WeightAverage
from kagglebot.training.keras.optimizer import Optimizer
from kagglebot.training.runtime import Runtime

DEFAULT = "tensorflow"
#: The backends, each with the package that it needs; its steps are in ``on_NAME/steps.py``.
BACKENDS = {DEFAULT: "tensorflow", "torch": "torch"}

#: The backend chosen for this process; empty for the default.
_chosen: list[str] = []

#: Maps a batch of uint8 images to class probabilities.
PredictStep = Callable[[NDArray[np.uint8]], Any]


class TrainStep(Protocol):
    """Trains a net on one batch."""

    def __call__(
        self,
        images: NDArray[Any],
        labels: NDArray[Any],
        rate: float,
        share: float,
        drawn: Augmentation,
        *,
        class_weights: NDArray[np.float32] | None,
    ) -> Any:
        """Return the loss, as an array.

        Args:
            images: uint8, or float32 features.
            labels: ``(n,)`` class indices; or ``(n, classes)`` of 0 and 1, and the loss is binary cross-entropy,
                the sum over the classes.
            rate: The learning rate.
            share: See ``WeightAverage.share``.
            drawn: How the images are augmented.
            class_weights: See ``class_weights.class_weights``.
        """


@dataclass(frozen=True)
class Trained:
    """A net that is trained.

    Attributes:
        model: The net.
        logits: ``(model, inputs) -> logits``: runs it as it is while it is trained.
        optimizer: Changes its weights.
        average: Follows its weights; None if nothing does.
    """

    model: Any
    logits: Callable[[Any, Any], Any]
    optimizer: Optimizer
    average: WeightAverage | None


class Backend(Protocol):
    """The operations that differ between backends; everything else is in ``learner``."""

    def begin(self) -> None:
        """Import the backend, without its start-up messages and with the threads of this process."""

    def new_net(self, number: int) -> None:
        """Forget earlier nets, and seed the weights of the next one."""

    def seed(self, number: int) -> None:
        """Seed the weights of the next net."""

    def begin_epoch(self, number: int) -> None:
        """Seed what the net itself draws in the next epoch."""

    def random_state(self) -> NDArray[np.uint8]:
        """Return the state of what the net itself draws from, as far as it is not among its variables."""

    def restore_random(self, state: NDArray[np.uint8]) -> None:
        """Go on from such a state."""

    def train_step(self, net: Trained, classes: int, label_smoothing: float) -> TrainStep:
        """Return the function that trains on one batch; images are resized to what the net takes."""

    def predict_step(self, model: Any, *, several: bool = False) -> PredictStep:
        """Return the function that predicts one batch; with ``several`` classes an image by sigmoids."""

    def on_card(self) -> bool:
        """Return whether nets are trained on a card, which runs steps while Python prepares the next ones."""

    def held(self, images: Any) -> Any:
        """Return the images in the card's memory where they fit, to be read by row numbers; else as they are."""

    def run(self, model: Any, images: NDArray[np.uint8]) -> Any:
        """Run a net on one batch as it predicts, uncompiled; return its logits."""

    def runtime(self, *, nested: bool = False) -> Runtime:
        """Return what nets are trained on in this process; ``nested`` ones have layers that have layers."""


def installed() -> tuple[str, ...]:
    """Return the names of the installed backends, the default one first."""
    return tuple(name for name, package in BACKENDS.items() if find_spec(package) is not None)


def default_backend() -> str:
    """Return the backend to use where none is asked for: the first one that is installed."""
    return next(iter(installed()), DEFAULT)


def check_installed(name: str) -> None:
    """Check that a backend is installed.

    Raises:
        UsageError: It is not.
    """
    if name not in installed():
        raise UsageError(f"The backend '{name}' is not installed.", f"Run: pip install 'kagglebot[{name}]'")


def use_backend(name: str) -> None:
    """Choose the backend of this process; only before Keras is imported.

    Raises:
        UsageError: It is not installed, or this process already uses another.
    """
    check_installed(name)
    _chosen[:] = [name]
    if (current := current_backend()) != name:
        raise UsageError(f"This process trains on {current}, not on {name}.", "Start another process for it.")


def current_backend() -> str:
    """Return the name of this process's backend."""
    if "keras" in sys.modules:
        return str(sys.modules["keras"].backend.backend())
    return _chosen[0] if _chosen else default_backend()


def backend() -> Backend:
    """Return the backend of this process; the first call imports it, which takes seconds.

    Raises:
        UsageError: Keras was imported before with a backend that is none of ``BACKENDS``.
    """
    name = current_backend()
    if name not in BACKENDS:
        raise UsageError(f"Keras runs on {name} in this process.", f"Set KERAS_BACKEND={default_backend()}.")
    module = importlib.import_module(f"kagglebot.training.keras.on_{name}.steps")
    module.begin()
    return cast(Backend, module)
