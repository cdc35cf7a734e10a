"""Predictions by final models, read from their files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.errors import DataError, StudyError
from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.retraining.model_card import card_path, card_recipe, check_file, read_card
from kagglebot.training.learner import Images, Predictor, Probabilities, image_shape
from kagglebot.training.model_file import MODEL_HINT
from kagglebot.training.registry import load_predictor
from kagglebot.training.tta import shifts_of, with_tta


def predict_test(dataset: Dataset, models: Sequence[Path]) -> NDArray[np.float32]:
    """Return class probabilities ``(test_rows, classes)`` of the test images, the mean over all models.

    Args:
        dataset: The competition's data, loaded with the ``model_rule`` of any of the models.
        models: Their files.

    Raises:
        DataError: A model or its card is missing or damaged.
    """
    return predict_mean(models, dataset.test_images, len(dataset.schema.classes))


def predict_mean(models: Sequence[Path], images: Images, classes: int) -> Probabilities:
    """Return class probabilities ``(n, classes)`` of images, the mean over all models.

    Raises:
        DataError: A model or its card is missing or damaged, or made for other images or classes.
    """
    shape = image_shape(images)
    total = sum(final_predictor(path, shape, classes)(images).astype(np.float64) for path in models)
    return np.asarray(total / len(models), np.float32)


def model_rule(path: Path) -> ImageRule:
    """Return the shape that images are brought to before the model at ``path`` sees them.

    Raises:
        DataError: The model's card is missing or damaged.
    """
    rule = card_recipe(read_card(path))["images"]
    return ImageRule(**{**rule, "size": tuple(rule["size"]) if rule["size"] else None})


def final_predictor(path: Path, shape: ImageShape, classes: int) -> Predictor:
    """Load a model that predicts as its card says: with test-time augmentation if validation approved of it.

    Args:
        path: The model's file, with its card beside it.
        shape: (height, width, channels) of the images, which the competition's data says.
        classes: Number of classes, which it says too.

    Raises:
        DataError: The model or its card is missing or damaged, or made for other images or classes.
        UsageError: A plugin cannot be used.
    """
    card = read_card(path)
    check_file(path, card)
    recipe = card_recipe(card)
    settings, scaling = recipe["settings"], card.get("scaling")
    try:
        family = get_family(recipe["family"])
        predict = load_predictor(path, family, settings, shape, classes, scaling=scaling and tuple(scaling))
    except StudyError as error:
        reason = error.message.rstrip(".")
        raise DataError(f"{card_path(path)} describes no net for these images: {reason}.", MODEL_HINT) from error
    if not recipe["tta"]:
        return predict
    return with_tta(predict, flip=bool(settings.get("flip")), shifts=shifts_of(family))
