"""The model to submit: a trial's settings trained on all rows, kept, and used again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset
from kagglebot.files import read_json, write_json
from kagglebot.models.registry import get_family
from kagglebot.progress import Progress, silent
from kagglebot.training.base import Predictor, now, pixel_moments
from kagglebot.training.engines import ENGINES, make_learner
from kagglebot.training.fit import fit_all
from kagglebot.training.versions import versions


@dataclass(frozen=True)
class Recipe:
    """What a final model is made from: all of it decides the weights.

    Attributes:
        family: Name of the model family.
        settings: Every setting of the trial.
        epochs: Epochs to train, as validation chose.
        planned: Epochs the rate schedule is laid out for.
        curve: The trial's validation scores, from which the schedule "plateau" takes its halvings.
        seed: The trial's seed.
        digest: Content key of the data.
    """

    family: str
    settings: Mapping[str, Any]
    epochs: int
    planned: int
    curve: tuple[float, ...]
    seed: int
    digest: str

    def to_json(self) -> dict[str, Any]:
        """As the model's card keeps it."""
        return {**vars(self), "settings": dict(self.settings), "curve": list(self.curve)}


def is_trained(path: Path, recipe: Recipe) -> bool:
    """Tell whether the model at ``path`` is there and was made from this very recipe."""
    card = card_path(path)
    return path.is_file() and card.is_file() and read_json(card).get("recipe") == recipe.to_json()


def train_final(
    dataset: Dataset, recipe: Recipe, path: Path, *, about: Mapping[str, Any], progress: Progress = silent
) -> float:
    """Train on all rows and keep the model at ``path``, with a card of what it is beside it.

    Args:
        dataset: The competition's images and labels.
        recipe: What to train.
        path: Where the model goes; see ``model_path``.
        about: What else the card should say: study, trial, validation score.
        progress: Told hundredths of an epoch done.

    Returns:
        Seconds it took.

    Raises:
        TrainingError: The net diverged or memory ran out.
        DataError: The disk refused the model.
    """
    started = now()
    rows = np.arange(len(dataset.train_labels))
    learner = make_learner(
        get_family(recipe.family),
        recipe.settings,
        dataset.schema.image_shape,
        len(dataset.schema.classes),
        seed=recipe.seed,
        pixel_moments=pixel_moments(dataset.train_images, rows),
    )
    fit_all(
        learner,
        dataset.train_images,
        dataset.train_labels,
        epochs=recipe.epochs,
        planned=recipe.planned,
        scores=list(recipe.curve),
        on_step=lambda epoch, share: progress("training", int(100 * (epoch - 1 + share)), 100 * recipe.epochs),
    )
    learner.save(path)
    seconds = now() - started
    card = {**about, "recipe": recipe.to_json(), "seconds": round(seconds, 1), "versions": versions()}
    # Last: a model counts as trained only once its card is there.
    write_json(card_path(path), card)
    return seconds


def model_path(folder: Path, family: str, trial: int) -> Path:
    """Where a study's folder keeps the model of a trial."""
    return folder / "models" / f"trial-{trial}{ENGINES[get_family(family).engine].suffix}"


def card_path(path: Path) -> Path:
    """Where the card of the model at ``path`` lies."""
    return path.with_suffix(".json")


def load_predictor(path: Path) -> Predictor:
    """Load a kept model, by the kind of its file."""
    return next(engine for engine in ENGINES.values() if engine.suffix == path.suffix).load(path)


def predict_test(dataset: Dataset, path: Path) -> NDArray[np.float32]:
    """Class probabilities ``(test_rows, classes)`` of the model at ``path`` for the test images."""
    return load_predictor(path)(dataset.test_images)
