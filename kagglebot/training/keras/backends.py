"""What Keras runs on: TensorFlow, which is always there, or PyTorch, where it is installed and faster.

Keras takes its backend when it is first imported and keeps it, so a process has one; what is trained on another is
trained in a process of its own. Models are kept in Keras's own format and load on either.
"""

import importlib
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import UsageError
from kagglebot.training.keras.ema import WeightAverage
from kagglebot.training.runtime import Runtime

DEFAULT = "tensorflow"
#: The backends, each with the package that it needs; its steps are in ``NAME_steps.py``.
BACKENDS = {DEFAULT: "tensorflow", "torch": "torch"}

#: What this process is to train on; empty for the default.
_chosen: list[str] = []

#: (images uint8, labels, rate, move of the average, transforms or None) -> loss, which ``float`` waits for.
TrainStep = Callable[
    [NDArray[np.uint8], NDArray[np.int64], float, float, NDArray[np.float32] | None],
    Any,
]
#: Maps a batch of uint8 images to class probabilities.
PredictStep = Callable[[NDArray[np.uint8]], Any]


class Backend(Protocol):
    """What the backends do differently: the steps; all else is the learner's."""

    def begin(self) -> None:
        """Import it, without its talk and with its threads."""
        ...

    def new_net(self, seed: int) -> None:
        """Forget earlier nets, and let the seed decide the weights of the next."""
        ...

    def begin_epoch(self, seed: int) -> None:
        """Let the seed decide what the net itself draws in the epoch that comes."""
        ...

    def train_step(
        self, model: Any, optimizer: Any, average: WeightAverage | None, classes: int, label_smoothing: float
    ) -> TrainStep:
        """Make the step that learns from one batch."""
        ...

    def predict_step(self, model: Any) -> PredictStep:
        """Make the step that predicts one batch."""
        ...

    def runtime(self) -> Runtime:
        """Return what nets are trained on in this process."""
        ...

    def ran_out_of_memory(self, error: Exception) -> bool:
        """Tell whether that is what an error says."""
        ...


def installed() -> tuple[str, ...]:
    """Names of the backends that are installed here, the default one first."""
    return tuple(name for name, package in BACKENDS.items() if find_spec(package) is not None)


def check_installed(name: str) -> None:
    """Refuse a backend that is not installed here.

    Raises:
        UsageError: It is not.
    """
    if name not in installed():
        raise UsageError(f"The backend '{name}' is not installed.", f"Run: pip install 'kagglebot[{name}]'")


def use_backend(name: str) -> None:
    """Decide what this process trains on; only before Keras is imported.

    Raises:
        UsageError: It is not installed, or the process trains on another already.
    """
    check_installed(name)
    _chosen[:] = [name]
    if (current := current_backend()) != name:
        raise UsageError(f"This process trains on {current}, not on {name}.", "Start another for that.")


def current_backend() -> str:
    """Name of what this process trains on."""
    if "keras" in sys.modules:
        return str(sys.modules["keras"].backend.backend())
    return _chosen[0] if _chosen else DEFAULT


def backend() -> Backend:
    """Give the backend of this process; the first call imports it, which takes seconds.

    Raises:
        UsageError: Someone else imported Keras with a backend that is none of these.
    """
    name = current_backend()
    if name not in BACKENDS:
        raise UsageError(f"Keras runs on {name} in this process.", f"Set KERAS_BACKEND={DEFAULT}.")
    os.environ["KERAS_BACKEND"] = name
    module = importlib.import_module(f"kagglebot.training.keras.{name}_steps")
    module.begin()
    return cast(Backend, module)
