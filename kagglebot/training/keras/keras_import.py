"""The import of Keras with its own defaults: what the user set for other programs changes no net of ours."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kagglebot.system.processes.environment import environment

#: Packages that Keras imports where they are installed, for wrappers and notebooks that are not used here. They
#: would take a quarter of the time of its import.
_UNUSED = ("IPython", "pandas", "sklearn")


def import_keras(backend: str) -> Any:
    """Return the module ``keras`` with its defaults; the first call imports it, on ``backend``.

    Keras reads ``~/.keras/keras.json`` and variables such as KERAS_MAX_EPOCHS when it is imported, and TensorFlow
    replaces it where TF_USE_LEGACY_KERAS is set. A program that imported it before may have changed it, too.
    """
    if "keras" not in sys.modules:
        others = {name: None for name in os.environ if name.startswith("KERAS_")}
        ours = {"KERAS_BACKEND": backend, "KERAS_HOME": os.devnull, "TF_USE_LEGACY_KERAS": None}
        with environment({**others, **ours}), _without(_UNUSED):
            import keras.src.backend.config
        # Pretrained weights stay where they are.
        keras.src.backend.config._KERAS_DIR = os.environ.get("KERAS_HOME", os.path.join("~", ".keras"))  # noqa: PTH118
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    return keras


@contextmanager
def _without(packages: tuple[str, ...]) -> Iterator[None]:
    """Let those packages seem absent, unless they were imported before."""
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None is Python's own mark for it
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
