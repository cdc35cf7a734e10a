"""Backbones of KerasHub: presets from Kaggle Models, downloaded with the user's own credentials.

A preset is a folder: ``config.json`` describes the net, ``image_converter.json`` how pixels are prepared, and
``model.weights.h5`` has the weights. The package ``keras-hub`` builds the net wherever it is used.
"""

from collections.abc import Iterator
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kagglebot.errors import DataError
from kagglebot.pretrained.keras_file import load_keras_file
from kagglebot.system.files.atomic_write import move_into_place
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.json_file import read_json
from kagglebot.system.progress import ProgressCallback

PREFIX = "hub:"
_CONFIG, _CONVERTER, _WEIGHTS = "config.json", "image_converter.json", "model.weights.h5"
_OURS = ("keras", "keras_hub")


def is_preset(folder: Path) -> bool:
    """Return whether a folder is that of a preset."""
    return all((folder / name).is_file() for name in (_CONFIG, _CONVERTER, _WEIGHTS))


def build(folder: Path) -> Any:
    """Build the net of a preset; see ``backbones.Backbone.build``.

    Raises:
        DataError: KerasHub is not installed, or the preset is damaged or returns no feature maps.
    """
    hub = _keras_hub(folder.name)
    for name in (_CONFIG, _CONVERTER):
        _check_modules(folder / name)
    from keras import Model, layers, models

    try:
        converter = hub.layers.ImageConverter.from_preset(str(folder))
        net = hub.models.Backbone.from_preset(str(folder), load_weights=False)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable(folder, " ".join(str(error).split())[:200]) from error
    if isinstance(net.output, dict | list) or len(net.output.shape) != 4:
        raise _unusable(folder, "it returns no feature maps")

    def call(layer: Any, *inputs: Any, **options: Any) -> Any:
        before = getattr(getattr(inputs[0], "_keras_history", None), "operation", None)
        if isinstance(before, layers.InputLayer):
            prepare = layers.Rescaling(converter.scale or 1.0, converter.offset or 0.0, name="prepare")
            inputs = (prepare(inputs[0]), *inputs[1:])
        return layer(*inputs, **options)

    prepared = models.clone_model(net, call_function=call)  # its layers are those of the net: one functional model
    return Model(prepared.input, layers.GlobalAveragePooling2D(name="features")(prepared.output))


def load(model: Any, folder: Path) -> None:
    """Set the weights of a net that ``build`` built.

    Raises:
        DataError: The file cannot be read.
        ValueError: It holds the weights of another net.
    """
    net = _keras_hub(folder.name).models.Backbone.from_preset(str(folder), load_weights=False)
    load_keras_file(net, folder / _WEIGHTS)
    for layer in net.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())


def download(preset: str, folder: Path, on_progress: ProgressCallback) -> None:
    """Download a preset from Kaggle Models, completely or not at all.

    Args:
        preset: Name of one of KerasHub's own, or a handle: OWNER/MODEL/keras/NAME, with /VERSION or without.
        folder: Where it is to be.
        on_progress: Called once.

    Raises:
        DataError: KerasHub is not installed, has no such preset, or Kaggle does not send it; or the disk refuses.
    """
    hub = _keras_hub(preset)
    import kagglehub
    import requests
    from kagglehub import exceptions

    known = hub.models.Backbone.presets
    if "/" not in preset and preset not in known:
        raise DataError(
            f"KerasHub has no preset '{preset}'.", "Choose one of https://keras.io/keras_hub/presets/."
        )
    handle = preset if "/" in preset else known[preset]["kaggle_handle"].removeprefix("kaggle://")
    on_progress(f"downloading {handle} from Kaggle Models", 0, None)
    failures = (requests.RequestException, ValueError, exceptions.BackendError, exceptions.NotFoundError)
    with disk_errors(f"write {folder}"), TemporaryDirectory(prefix=".preset-", dir=folder.parent) as temporary:
        new = Path(temporary) / "new"
        try:
            with redirect_stderr(StringIO()):  # its own progress bar
                kagglehub.model_download(handle, output_dir=str(new))
        except (*failures, exceptions.CredentialError, exceptions.DataCorruptionError) as error:
            raise DataError(
                f"{handle} could not be downloaded from Kaggle Models: {' '.join(str(error).split())[:200]}.",
                f"Check the network and `kagglebot doctor`, or save the preset's files in {folder}.",
            ) from error
        if not is_preset(new):
            raise DataError(
                f"{handle} is no preset of an image net: it has not all of {_CONFIG}, {_CONVERTER}, {_WEIGHTS}.",
                "Choose another preset.",
            )
        if folder.exists():  # it was damaged
            folder.rename(Path(temporary) / "old")
        move_into_place(new, folder)


def _keras_hub(preset: str) -> Any:
    if find_spec("keras_hub") is None:
        raise DataError(
            f"The net {preset} is built by KerasHub, which is not installed.", "Run: pip install 'kagglebot[hub]'"
        )
    import keras_hub

    return keras_hub


def _check_modules(path: Path) -> None:
    """Check that a description names no code but that of Keras and KerasHub."""
    for module in _modules(read_json(path)):
        if module.partition(".")[0] not in _OURS:
            raise _unusable(path.parent, f"{path.name} names code of {module}, which is not run")


def _modules(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("module"), str):
            yield value["module"]
        for each in value.values():
            yield from _modules(each)
    elif isinstance(value, list):
        for each in value:
            yield from _modules(each)


def _unusable(folder: Path, problem: str) -> DataError:
    return DataError(f"The preset {folder} cannot be used: {problem}.", "Delete it, or choose another backbone.")
