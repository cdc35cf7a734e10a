"""The engines that train families; a new one is its module and an entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.kaggle.names import nearest
from kagglebot.models.base import Family, ImageShape, ParameterError, Scaling
from kagglebot.training.files.model_file import check_scaling
from kagglebot.training.keras.backends import backend
from kagglebot.training.keras.learner import KerasLearner, load_keras
from kagglebot.training.keras.weights_file import read_weights
from kagglebot.training.learner import Images, Learner, Predictor, Rows, pixel_moments
from kagglebot.training.runtime import Runtime
from kagglebot.training.settings import CommonSettings, SklearnSettings, TrainingSettings
from kagglebot.training.settings_aliases import current_settings
from kagglebot.training.sklearn.learner import SklearnLearner, load_sklearn, read_layers


@dataclass(frozen=True)
class Engine:
    """A library that trains families."""

    settings: type[CommonSettings]  #: Its training settings.
    learner: Callable[..., Learner]  #: Makes a new net; see ``make_learner``.
    suffix: str  #: Ending of its model files.
    load: Callable[..., Predictor]  #: Loads a model file; see ``load_predictor``.
    check: Callable[[Path], object]  #: Checks what can be checked in a model file without building its net.
    runtime: Callable[[Family], Runtime]  #: Returns what it trains nets of a family on in this process.
    memory: int = 800_000_000  #: Bytes of a process that has loaded it and compiled a small net.


ENGINES: dict[str, Engine] = {
    "keras": Engine(
        TrainingSettings,
        KerasLearner,
        ".keras",
        load_keras,
        read_weights,
        lambda family: backend().runtime(nested=family.is_nested),
    ),
    "sklearn": Engine(
        SklearnSettings,
        SklearnLearner,
        ".npz",
        load_sklearn,
        read_layers,
        lambda _: Runtime("scikit-learn", "CPU"),
        300_000_000,
    ),
}


def split_settings(family: Family, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Split the settings of a trial into the parameters of its family and the settings of the training.

    Names of version 0.1 are understood.

    Raises:
        ParameterError: A name is unknown, or a value outside its limits.
    """
    settings = current_settings(settings)
    kind = ENGINES[family.engine].settings
    known = sorted({*kind.model_fields, *family.parameters.model_fields})
    for name in settings:
        if name not in known:
            meant = "".join(f"Did you mean {each}? " for each in nearest(name, known)[:1])
            raise ParameterError(name, "there is no such parameter", f"{meant}Known: {', '.join(known)}.")
    training = {key: value for key, value in settings.items() if key in kind.model_fields}
    architecture = {key: value for key, value in settings.items() if key not in training}
    return family.parameters.parse(architecture), kind.parse(training)


def moments(family: Family, settings: Mapping[str, Any], images: Images, rows: Rows) -> Scaling:
    """Return the ``pixel_moments`` of these rows; (0, 1), without reading them, where no setting needs them."""
    if split_settings(family, settings)[1].preprocessing != "standardise":
        return 0.0, 1.0
    return pixel_moments(images, rows)


def make_learner(
    family: Family,
    settings: Mapping[str, Any],
    image_shape: ImageShape,
    classes: int,
    *,
    seed: int,
    pixel_moments: Scaling,
    several: bool = False,
) -> Learner:
    """Build a new net.

    Args:
        family: The family.
        settings: All settings of a trial, those of the family and of the training in one mapping.
        image_shape: (height, width, channels).
        classes: Number of classes.
        seed: Seed of initial weights, order of rows, dropout and augmentation.
        pixel_moments: (mean, standard deviation) of the training pixels, used by ``standardise``; see ``moments``.
        several: Whether an image may have several classes: then each has a probability of its own.

    Raises:
        ParameterError: The settings describe a net that cannot exist.
    """
    parameters, training = split_settings(family, settings)
    return ENGINES[family.engine].learner(
        family,
        parameters,
        training,
        image_shape,
        classes,
        seed=seed,
        pixel_moments=pixel_moments,
        several=several,
    )


def load_predictor(
    path: Path,
    family: Family,
    settings: Mapping[str, Any],
    image_shape: ImageShape,
    classes: int,
    *,
    scaling: Scaling | None = None,
    several: bool = False,
) -> Predictor:
    """Build a net from its settings, as ``make_learner`` does, and read its weights from a model's file.

    Args:
        path: The file that ``Learner.save`` wrote.
        family: The family.
        settings: All settings of the trial.
        image_shape: (height, width, channels).
        classes: Number of classes.
        scaling: The (scale, offset) of the pixels; None where only the file says it, as in version 0.1.
        several: Whether an image may have several classes; see ``make_learner``.

    Raises:
        DataError: The file is missing or damaged, or holds the weights of another net.
        ParameterError: The settings describe a net that cannot exist.
    """
    parameters, _ = split_settings(family, settings)
    family.check(parameters, image_shape)
    if scaling is not None:
        check_scaling(path, scaling, image_shape)
    load = ENGINES[family.engine].load
    return load(path, family, parameters, image_shape, classes, scaling=scaling, several=several)
