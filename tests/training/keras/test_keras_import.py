"""Keras is imported with its own defaults, whatever the user set for other programs."""

import json
import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, sys
from kagglebot.training.keras.backends import backend
backend()
import keras
print(keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format(), keras.config.max_epochs())
print(keras.config.backend(), keras.config.dtype_policy().name, os.environ["KERAS_BACKEND"])
print(keras.src.backend.config.keras_home())
print(*sorted({"IPython", "pandas", "sklearn"}.intersection(sys.modules)))
import IPython, pandas, sklearn.neural_network
keras.config.set_floatx("float16")
backend()
print(keras.config.floatx(), keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(3, 2)]).output_shape)
"""


def test_neither_a_file_nor_a_variable_changes_it(tmp_path: Path) -> None:
    settings = {"floatx": "float16", "epsilon": 1, "backend": "jax", "image_data_format": "channels_first"}
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    variables = {
        "KERAS_BACKEND": "jax",
        "KERAS_MAX_EPOCHS": "abc",
        "KERAS_NNX_ENABLED": "1",
        "TF_USE_LEGACY_KERAS": "1",
    }
    environment = {**os.environ, **variables, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "float32 1e-07 channels_last None",
        "tensorflow float32 jax",
        "~/.keras",
        "",  # what Keras imports for others, though the process can
        "float32 (None, 3, 3, 3)",
    ], done.stderr
    assert json.loads((tmp_path / ".keras" / "keras.json").read_text()) == settings
