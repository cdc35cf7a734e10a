"""Weights in a file that Keras saved, read as numbers: nothing in the file is run."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import damage_errors
from kagglebot.system.files.h5_file import arrays_in


def load_keras_file(model: Any, path: Path) -> None:
    """Set the weights of ``model`` from a file that Keras saved, ``.h5`` or ``.weights.h5``.

    Raises:
        DataError: The file is missing or damaged, or is none of Keras's.
        ValueError: It holds the weights of another net.
    """
    import h5py

    with damage_errors(path, partial(_damaged, path)), h5py.File(path, "r") as file:
        for name, array in arrays_in(file):
            if array.nbytes > path.stat().st_size:
                raise ValueError(f"{name} is larger than the file")
            if not np.isfinite(array[()]).all():
                raise ValueError(f"{name} holds numbers that are not finite")
    try:
        model.load_weights(path)
    except ValueError as error:
        raise ValueError(" ".join(str(error).split()).rstrip(".")[:200]) from error
    except KeyError as error:
        raise ValueError(f"it has no {error.args[0]}") from error


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(
        f"{path} is not a file of Keras weights that can be read: {reason}.",
        "Delete it and run the same command again, or download the file again.",
    )
