"""Predictions by final models, read from their files."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError, StudyError
from kagglebot.metrics.registry import find_metric, get_metric
from kagglebot.models.base import ImageShape
from kagglebot.models.registry import get_family
from kagglebot.retraining.model_card import card_path, card_recipe, check_file, read_card
from kagglebot.training.files.model_file import MODEL_HINT
from kagglebot.training.learner import Images, Predictor, Probabilities, image_shape
from kagglebot.training.registry import load_predictor
from kagglebot.training.scoring.tta import shifts_of, with_tta

#: Numbers that probabilities are adjusted by, if any.
Adjusted = Sequence[float] | None


def predict_test(dataset: Dataset, models: Sequence[Path], adjustment: Adjusted = None) -> NDArray[np.float32]:
    """Return class probabilities ``(test_rows, classes)`` of the test images; see ``predict_adjusted``.

    Args:
        dataset: The competition's data, loaded with the ``model_rule`` of any of the models.
        models: Their files.
        adjustment: Numbers that an ensemble is adjusted by.

    Raises:
        DataError: A model or its card is missing or damaged.
    """
    return predict_adjusted(models, dataset.test_images, dataset.schema, adjustment)


def predict_adjusted(
    models: Sequence[Path], images: Images, schema: Schema, adjustment: Adjusted = None
) -> Probabilities:
    """Return the mean of the models' class probabilities ``(n, classes)``, adjusted to the competition's metric.

    Args:
        models: Their files.
        images: ``(n, height, width, channels)`` uint8.
        schema: The competition.
        adjustment: The numbers that ``Metric.fit`` returned for their mean; None for those on the card of a model.

    Raises:
        DataError: A model or its card is missing or damaged, or made for other images or classes.
    """
    if adjustment is None and len(models) == 1:
        recipe = card_recipe(read_card(models[0]))
        adjustment = recipe["adjustment"] if recipe["metric"] == schema.metric else None
    mean = predict_mean(models, images, len(schema.classes))
    return get_metric(schema.metric).adjust(mean, adjustment or ())


def predict_mean(models: Sequence[Path], images: Images, classes: int) -> Probabilities:
    """Return class probabilities ``(n, classes)`` of images, the mean over all models; one may be there twice.

    Raises:
        DataError: A model or its card is missing or damaged, or made for other images or classes.
    """
    shape = image_shape(images)
    total = sum(
        final_predictor(path, shape, classes)(images).astype(np.float64) * times
        for path, times in Counter(models).items()
    )
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
    metric = find_metric(str(recipe["metric"]))  # the card may be damaged
    several = metric is not None and metric.several
    try:
        family = get_family(recipe["family"])
        predict = load_predictor(
            path, family, settings, shape, classes, scaling=scaling and tuple(scaling), several=several
        )
    except StudyError as error:
        reason = error.message.rstrip(".")
        raise DataError(f"{card_path(path)} describes no net for these images: {reason}.", MODEL_HINT) from error
    if not recipe["tta"]:
        return predict
    return with_tta(predict, flip=bool(settings.get("flip")), shifts=shifts_of(family))
