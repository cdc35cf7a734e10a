"""What a model was made with."""

import platform
from importlib import metadata

from kagglebot.training.backends import PACKAGES, current_backend

_PACKAGES = ("tensorflow", "keras", "scikit-learn", "numpy", "optuna")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a model's weights."""
    names = dict.fromkeys((*_PACKAGES, PACKAGES[current_backend()]))
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in names}}
