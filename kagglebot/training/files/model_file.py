"""What every engine does with a model's file: faults become one error, and weights must be finite numbers."""

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.errors import DataError
from kagglebot.models.base import ImageShape, Scaling
from kagglebot.system.files.disk_errors import damage_errors
from kagglebot.system.listing import shorten
from kagglebot.training.learner import diverged

Shape = tuple[int, ...]  #: Of an array of weights.

#: Shapes that are named in an error.
_SHOWN = 3
#: What to do about a model that cannot be used.
MODEL_HINT = (
    "Delete it and run the same command again: the model is trained again. Upload an exported folder once more."
)


def model_errors(path: Path) -> AbstractContextManager[None]:
    """Turn what reading the model at ``path`` raises into one error; see ``damage_errors``."""
    return damage_errors(path, partial(damaged, path))


def damaged(path: Path, reason: str) -> DataError:
    """Return the error of a model whose file is not what was saved."""
    return DataError(f"The model {path} is damaged: {reason}.", MODEL_HINT)


def misfit(path: Path, held: Iterable[Shape], needed: Iterable[Shape]) -> DataError:
    """Return the error of a model that holds weights of other shapes than the net on its card needs."""
    held, needed = Counter(held), Counter(needed)
    return DataError(
        f"The model {path} is not the net that its card describes: it holds {_listed(held - needed)} "
        f"where the net needs {_listed(needed - held)}.",
        MODEL_HINT,
    )


def _listed(shapes: Counter[Shape]) -> str:
    names = ["x".join(map(str, shape)) for shape in sorted(shapes.elements())]
    return shorten(names, _SHOWN) or "nothing"


def check_scaling(path: Path, scaling: Scaling, image_shape: ImageShape) -> None:
    """Check that the model at ``path`` scales pixels with as many channels as the images have.

    Raises:
        DataError: It does not.
    """
    for each in scaling:
        if isinstance(each, list) and len(each) != image_shape[2]:
            what = f"it scales pixels of {len(each)} channels, and the images have {image_shape[2]}"
            raise DataError(f"The model {path} is not the net that its card describes: {what}.", MODEL_HINT)


def are_finite(weights: Iterable[NDArray[Any]]) -> bool:
    """Return whether no weight is infinite or not a number."""
    return all(bool(np.isfinite(each).all()) for each in weights)


def check_trained(weights: Iterable[NDArray[Any]]) -> None:
    """Check that the weights of a trained net can be saved.

    Raises:
        TrainingError: One is infinite or not a number.
    """
    if not are_finite(weights):
        raise diverged("the weights are no longer numbers")
