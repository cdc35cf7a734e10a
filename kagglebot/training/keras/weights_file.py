"""The weights in a file of Keras's own format, read as numbers and checked before a net takes them.

Such a file is a zip archive with the net's description and its weights, ``model.weights.h5``. The description is
not used: nets are built by their families, from the settings on the model's card. So a file of another version of
Keras serves too, and code in a file is never run.
"""

import io
import json
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from kagglebot.system.files.h5_file import arrays_in
from kagglebot.training.files.model_file import Shape, are_finite, damaged, misfit, model_errors

_WEIGHTS, _DESCRIPTION = "model.weights.h5", "config.json"
Shapes = Counter[Shape]  #: How many arrays have each shape.


def read_weights(path: Path) -> tuple[bytes, Shapes]:
    """Read the weights of the model at ``path``.

    Returns:
        The content of the HDF5 file with the weights, and the shapes of its arrays.

    Raises:
        DataError: The file is missing or damaged, points to other files, or has weights that are not finite.
    """
    import h5py

    with model_errors(path):
        content = _member(path, _WEIGHTS)
        with h5py.File(io.BytesIO(content), "r") as file:
            found = list(arrays_in(file))
            if sum(array.nbytes for _, array in found) > len(content):
                raise damaged(path, "it announces more weights than it holds")
            if not are_finite(array[()] for _, array in found):
                raise damaged(path, "it has weights that are not finite numbers")
            # The state of a random generator is no weight of the net.
            return content, Counter(array.shape for name, array in found if "seed_generator" not in name)


def load_weights(path: Path, net: Any) -> None:
    """Set the weights of a net to those of the model at ``path``.

    Raises:
        DataError: They cannot be read, or are those of another net.
    """
    content, shapes = read_weights(path)
    needed: Shapes = Counter(tuple(each.shape) for each in net.weights)
    if shapes != needed:
        raise misfit(path, shapes.elements(), needed.elements())
    with model_errors(path), tempfile.TemporaryDirectory(prefix="kagglebot-") as folder:
        checked = Path(folder) / _WEIGHTS  # a copy: Keras reads what was checked
        checked.write_bytes(content)
        net.load_weights(checked)


def saved_scaling(path: Path) -> tuple[float, float]:
    """Return the (scale, offset) of the pixels by the file's description: the card of an early version has none.

    Raises:
        DataError: The file is missing or damaged, or does not say it.
    """
    with model_errors(path):
        layers = json.loads(_member(path, _DESCRIPTION))["config"]["layers"]
        found = [layer["config"] for layer in layers if layer["class_name"] == "Rescaling"]
        if not found:
            raise damaged(path, "it does not say how pixels are scaled")
        return float(found[0]["scale"]), float(found[0]["offset"])


def _member(path: Path, name: str) -> bytes:
    with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        # Keras does not compress, so that no member is larger than the archive.
        if archive.getinfo(name).file_size > path.stat().st_size:
            raise damaged(path, f"{name} in it is larger than the file")
        return archive.read(name)
