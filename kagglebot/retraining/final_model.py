"""The model to submit: a trial's settings trained on all rows, kept, and used again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.system.files import disk_errors, read_json, write_json
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.fit import Curve, fit_all
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.keras.tensorflow_import import threads
from kagglebot.training.learner import Predictor, image_shape, now, pixel_moments
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.provenance import made_with
from kagglebot.training.registry import ENGINES, make_learner
from kagglebot.training.settings_aliases import current_result, current_settings
from kagglebot.training.tta import with_tta


@dataclass(frozen=True)
class Recipe:
    """What a final model is made from: all of it decides the weights.

    Attributes:
        family: Name of the model family.
        settings: Every setting of the trial.
        epochs: Epochs to train, as validation chose.
        planned: Epochs the rate schedule is laid out for.
        curve: The trial's validation scores, from which the schedule "plateau" takes its halvings.
        metric: What these are scores of.
        seed: The trial's seed.
        digest: Content key of the data.
        images: The shape that images are brought to, those of the test set too.
        tta: Whether its predictions are averaged over views of an image; this alone leaves the weights alone.
    """

    family: str
    settings: Mapping[str, Any]
    epochs: int
    planned: int
    curve: tuple[float, ...]
    metric: str
    seed: int
    digest: str
    images: ImageRule
    tta: bool = False

    def to_json(self) -> dict[str, Any]:
        """As the model's card keeps it."""
        scores = [None if math.isnan(score) else score for score in self.curve]
        return {**vars(self), "settings": dict(self.settings), "curve": scores, "images": _rule_json(self.images)}


@dataclass(frozen=True)
class FinalModel:
    """A final model to be trained, alone or as one of several.

    Attributes:
        path: Where it goes; see ``model_path``.
        recipe: What it is made from.
        about: What else its card should say: study, trial, validation score.
        backend: What trains it, if it is a Keras net; any can load it.
        threads: How many it is to be trained with; None for any number.
    """

    path: Path
    recipe: Recipe
    about: Mapping[str, Any]
    backend: str = DEFAULT
    threads: int | None = None

    @property
    def name(self) -> str:
        """What its files are called."""
        return self.path.stem

    @property
    def is_there(self) -> bool:
        """Whether it was trained already, in just this way."""
        return is_trained(self.path, self.recipe) and self.threads in (None, read_card(self.path).get("threads"))


def _rule_json(rule: ImageRule) -> dict[str, Any]:
    return {**asdict(rule), "size": list(rule.size) if rule.size else None}


#: What the cards of earlier versions do not say.
_UNSAID = {"metric": "accuracy", "images": _rule_json(ImageRule()), "tta": False}


def is_trained(path: Path, recipe: Recipe) -> bool:
    """Tell whether the model at ``path`` is there and was made from this very recipe."""
    return path.is_file() and card_path(path).is_file() and _kept_recipe(path) == recipe.to_json()


def model_rule(path: Path) -> ImageRule:
    """Give the shape that images are brought to before the model at ``path`` sees them.

    Raises:
        DataError: The model's card is missing or damaged.
    """
    rule = _kept_recipe(path)["images"]
    return ImageRule(**{**rule, "size": tuple(rule["size"]) if rule["size"] else None})


def read_card(path: Path) -> dict[str, Any]:
    """Read the card of the model at ``path``.

    Raises:
        DataError: It is missing or damaged.
    """
    card: dict[str, Any] = read_json(card_path(path))
    return card


def _kept_recipe(path: Path) -> dict[str, Any]:
    kept = dict(read_card(path).get("recipe", {}))
    kept["settings"] = current_settings(kept.get("settings", {}))
    kept = current_result(kept)
    return {**_UNSAID, **kept}


def train_once(data: Path, member: FinalModel, on_progress: ProgressCallback = no_progress) -> None:
    """Train a model on all rows unless it is there, from the very same recipe; one process at a time.

    Args:
        data: ``data/COMPETITION``.
        member: The model.
        on_progress: Called with hundredths of an epoch done.

    Raises:
        TrainingError: The net diverged or memory ran out.
        DataError: The competition was not fetched, or the disk refused.
    """
    from filelock import FileLock  # here: an exported model predicts without it

    path, recipe = member.path, member.recipe
    with disk_errors(f"write into {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        if not member.is_there:
            dataset = load_dataset(data, recipe.images, on_progress)
            with memory_errors():
                train_final(dataset, recipe, path, about=member.about, on_progress=on_progress)


def train_final(
    dataset: Dataset,
    recipe: Recipe,
    path: Path,
    *,
    about: Mapping[str, Any],
    on_progress: ProgressCallback = no_progress,
) -> float:
    """Train on all rows and keep the model at ``path``, with a card of what it is beside it.

    Args:
        dataset: The competition's images, by the recipe's rule, and labels.
        recipe: What to train.
        path: Where the model goes; see ``model_path``.
        about: What else the card should say: study, trial, validation score.
        on_progress: Called with hundredths of an epoch done.

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
        image_shape(dataset.train_images),
        len(dataset.schema.classes),
        seed=recipe.seed,
        pixel_moments=pixel_moments(dataset.train_images, rows),
    )
    fit_all(
        learner,
        dataset.train_images,
        dataset.train_labels,
        epochs=recipe.epochs,
        validated=Curve(get_metric(recipe.metric), recipe.planned, list(recipe.curve)),
        on_step=lambda epoch, share: on_progress("training", int(100 * (epoch - 1 + share)), 100 * recipe.epochs),
    )
    card_path(path).unlink(missing_ok=True)  # first: killed in between, another model's card would speak for it
    learner.save(path)
    seconds = now() - started
    made = made_with(get_family(recipe.family), threads(), recipe.digest)
    card = {**about, "recipe": recipe.to_json(), "seconds": round(seconds, 1), **made}
    # Last: a model counts as trained only once its card is there.
    write_json(card_path(path), card)
    return seconds


def model_path(folder: Path, family: str, trial: int, seed: int | None = None) -> Path:
    """Where a study's folder keeps the model of a trial, of its own seed or of another."""
    name = f"trial-{trial}" if seed is None else f"trial-{trial}-seed-{seed}"
    return folder / "models" / f"{name}{ENGINES[get_family(family).engine].suffix}"


def card_path(path: Path) -> Path:
    """Where the card of the model at ``path`` lies."""
    return path.with_suffix(".json")


def load_predictor(path: Path) -> Predictor:
    """Load a kept model, by the kind of its file."""
    return next(engine for engine in ENGINES.values() if engine.suffix == path.suffix).load(path)


def final_predictor(path: Path) -> Predictor:
    """Load a kept model to predict as its card says: over views of an image where validation approved of them.

    Raises:
        DataError: The model or its card is missing or damaged.
    """
    predict, recipe = load_predictor(path), _kept_recipe(path)
    return with_tta(predict, flip=bool(recipe["settings"].get("flip"))) if recipe["tta"] else predict


def predict_test(dataset: Dataset, models: Sequence[Path]) -> NDArray[np.float32]:
    """Class probabilities ``(test_rows, classes)`` for the test images, the mean over some models.

    ``dataset`` was loaded by ``model_rule`` of any of them.

    Raises:
        DataError: A model or its card is missing or damaged.
    """
    total = sum(final_predictor(path)(dataset.test_images).astype(np.float64) for path in models)
    return np.asarray(total / len(models), np.float32)
