"""Predictions by final models, read from their files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.retraining.final_model import stored_recipe
from kagglebot.training.learner import Predictor
from kagglebot.training.registry import ENGINES
from kagglebot.training.tta import with_tta


def predict_test(dataset: Dataset, models: Sequence[Path]) -> NDArray[np.float32]:
    """Return class probabilities ``(test_rows, classes)`` of the test images, the mean over all models.

    Args:
        dataset: The competition's data, loaded with the ``model_rule`` of any of the models.
        models: Their files.

    Raises:
        DataError: A model or its card is missing or damaged.
    """
    total = sum(final_predictor(path)(dataset.test_images).astype(np.float64) for path in models)
    return np.asarray(total / len(models), np.float32)


def model_rule(path: Path) -> ImageRule:
    """Return the shape that images are brought to before the model at ``path`` sees them.

    Raises:
        DataError: The model's card is missing or damaged.
    """
    rule = stored_recipe(path)["images"]
    return ImageRule(**{**rule, "size": tuple(rule["size"]) if rule["size"] else None})


def final_predictor(path: Path) -> Predictor:
    """Load a model that predicts as its card says: with test-time augmentation if validation approved of it.

    Raises:
        DataError: The model or its card is missing or damaged.
    """
    predict, recipe = load_predictor(path), stored_recipe(path)
    return with_tta(predict, flip=bool(recipe["settings"].get("flip"))) if recipe["tta"] else predict


def load_predictor(path: Path) -> Predictor:
    """Load a model without its card; the ending of the file tells its engine."""
    return next(engine for engine in ENGINES.values() if engine.suffix == path.suffix).load(path)
