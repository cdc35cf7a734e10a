"""The runtime of a training: backend, device and number format, stored with every trial and model."""

from collections.abc import Mapping
from typing import Any, NamedTuple

#: What people call a backend or a package, by its id; others are called by their id.
TITLES = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "keras": "Keras",
    "numpy": "NumPy",
    "optuna": "Optuna",
}


class Runtime(NamedTuple):
    """Backend, device and number format of a training."""

    backend: str  #: Id of what computes: "tensorflow", "torch", "scikit-learn", or that of another engine.
    device: str  #: "CPU" or "GPU".
    precision: str = "float32"  #: Number format of the forward and backward pass.

    def __str__(self) -> str:
        """Return it in words: "PyTorch on GPU in bfloat16"."""
        precision = "" if self.precision == "float32" else f" in {self.precision}"
        return f"{TITLES.get(self.backend, self.backend)} on {self.device}{precision}"


def read_runtime(stored: Mapping[str, Any]) -> Runtime | None:
    """Return the runtime that was stored with a trial or a model; None if an early version stored none.

    Version 0.1 stored it in words, as "PyTorch on CPU in bfloat16".
    """
    backend = stored.get("backend")
    if not isinstance(backend, str):
        return None
    title, in_words, rest = backend.partition(" on ")
    if not in_words:
        return Runtime(backend, stored.get("device", "CPU"), stored.get("precision", "float32"))
    device, _, precision = rest.partition(" in ")
    ids = {title: name for name, title in TITLES.items()}
    return Runtime(ids.get(title, title), device, precision or "float32")
