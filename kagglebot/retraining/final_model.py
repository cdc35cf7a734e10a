"""A final model: its recipe, its file with a card beside it, and its training on all rows."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.datasets.dataset import Dataset, load_dataset
from kagglebot.datasets.images.resize_rule import ImageRule
from kagglebot.datasets.schema import Schema
from kagglebot.datasets.splits import Groups, Split, seal
from kagglebot.errors import DataError
from kagglebot.metrics.metric import defined
from kagglebot.metrics.registry import get_metric
from kagglebot.models.registry import get_family
from kagglebot.retraining.model_card import card_path, card_recipe, check_file, read_card, write_card
from kagglebot.retraining.sealed_score import score_rows
from kagglebot.system.files.disk_errors import disk_errors, is_disk_error
from kagglebot.system.hardware.memory import available_memory
from kagglebot.system.progress import ProgressCallback, no_progress
from kagglebot.training.curve import Curve
from kagglebot.training.files.checkpoints import (
    Checkpoint,
    RunningCheckpoint,
    StoredCheckpoint,
    final_key,
    final_path,
)
from kagglebot.training.fit import fit_all
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.keras.on_tensorflow.tensorflow_import import threads
from kagglebot.training.learner import FailureKind, Labels, TrainingError, image_shape
from kagglebot.training.machine.memory_estimate import TrainingMemory, training_memory
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.plan import TrainingPlan
from kagglebot.training.provenance import made_with
from kagglebot.training.registry import ENGINES, make_learner, moments, split_settings

#: Share of the highest rate with which a net is trained further whose schedule has come to its end.
_LAST_RATE = 0.1


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights of a final model."""

    family: str  #: Name of the model family.
    settings: Mapping[str, Any]  #: Every setting of the trial.
    epochs: int  #: Epochs to train: the epoch that validation chose.
    planned: int  #: Epochs that the rate schedule is laid out for.
    #: The trial's validation scores; the schedule "plateau" halves its rate where they stall.
    curve: tuple[float, ...]
    metric: str  #: Name of the metric of these scores.
    seed: int  #: The trial's seed, or another for a further model of the same trial.
    digest: str  #: Content key of the data.
    images: ImageRule  #: The shape that images are brought to, those of the test set too; without ``largest``.
    #: Whether it predicts with test-time augmentation; this and the next do not change the weights.
    tta: bool = False
    #: Numbers that its probabilities are adjusted to the metric by; see ``metric.Adjustment``.
    adjustment: tuple[float, ...] = ()
    #: Epochs that it is trained further, on all rows, from the trial's checkpoint; None to train it from nothing.
    further: int | None = None
    #: Share of the rows that it does not learn from, as they are sealed, and the seed they are drawn with.
    sealed: tuple[float, int] | None = None
    #: The fold of the trial, from 0, whose net it is, as the trial left it; None for a net of all rows.
    fold: int | None = None

    def memory(self, schema: Schema) -> TrainingMemory:
        """Return the memory that the training on all rows takes."""
        shape, classes = self.images.resized_shape(schema.image_shape), len(schema.classes)
        return training_memory(get_family(self.family), self.settings, shape, classes, schema.train_rows)

    def how(self, trial: int) -> str:
        """Return how the model is made of its trial, as a person reads it."""
        rows = "all rows but the sealed ones" if self.sealed else "all rows"
        if self.further is None:
            return f"trained from nothing on {rows}"
        if self.fold is not None:
            return f"the net of trial {trial}'s fold {self.fold + 1} as it is, without the rows of that fold"
        if not self.further:
            return f"the checkpoint of trial {trial} as it is, without the validation rows"
        epochs = f"{self.further} more epoch{'' if self.further == 1 else 's'}"
        return f"continued from trial {trial}'s checkpoint, {epochs} on {rows}"

    def course(self) -> tuple[Mapping[str, Any], int, TrainingPlan, Curve]:
        """Return settings, epochs, the plan of the rate schedule and the curve that it follows."""
        metric = get_metric(self.metric)
        if self.further is None:
            return self.settings, self.epochs, TrainingPlan(self.planned), Curve(metric, list(self.curve))
        settings = dict(self.settings)
        if settings.get("schedule", "constant") != "constant":  # a perceptron of scikit-learn's has no other
            rate = _LAST_RATE * settings["learning_rate"]
            settings |= {"schedule": "cosine", "warmup_steps": 0, "learning_rate": rate}
        return settings, self.further, TrainingPlan(self.further), Curve(metric)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as the model's card stores it."""
        scores = [*map(defined, self.curve)]
        changed = {"settings": dict(self.settings), "curve": scores, "images": _rule_json(self.images)}
        lists = {"adjustment": list(self.adjustment), "sealed": list(self.sealed) if self.sealed else None}
        return {**vars(self), **changed, **lists}

    def split(self, labels: Labels, groups: Groups = None) -> Split:
        """Return the rows that it learns from, and the sealed ones."""
        fraction, seed = self.sealed or (None, 0)
        return seal(labels, fraction=fraction, seed=seed, groups=groups)


@dataclass(frozen=True)
class FinalModel:
    """A final model to train, alone or as a member of an ensemble."""

    path: Path  #: Its file; see ``model_path``.
    recipe: Recipe  #: What decides its weights.
    about: Mapping[str, Any]  #: What else its card stores: study, trial, validation score.
    backend: str = DEFAULT  #: The Keras backend that trains it; every backend can load it.
    threads: int | None = None  #: Threads to train it with; None for any number.
    start: StoredCheckpoint | None = None  #: The trial's checkpoint, from which it is trained further.
    from_scratch: bool = False  #: Whether one that was trained further from a checkpoint does not do.
    note: str = ""  #: A sentence on why it is trained from nothing, if a checkpoint was looked for.

    @property
    def name(self) -> str:
        """The name of its files, without the ending."""
        return self.path.stem

    @property
    def is_there(self) -> bool:
        """Whether the model was trained already, from this recipe and with these threads, and can be used."""
        return self.why_train() is None

    def why_train(self) -> str | None:
        """Return why the model has to be trained.

        Returns:
            None if it is there, an empty text if no such model was trained yet, else a sentence on what is wrong
            with its file or its card.

        Raises:
            DataError: The disk refused to read it, which training it again would not mend.
        """
        with disk_errors(f"read {self.path}"):
            if not self.path.exists():
                return ""
            if not card_path(self.path).exists():
                return f"The model {self.path} has no card that says what it was trained from."
        try:
            card = read_card(self.path)
            if not self._is_made_by(card_recipe(card)) or self.threads not in (None, card.get("threads")):
                return ""
            check_file(self.path, card)
        except DataError as error:
            if isinstance(error.__cause__, OSError) and is_disk_error(error.__cause__):
                raise
            return error.message
        return None

    def _is_made_by(self, recipe: Mapping[str, Any]) -> bool:
        """Return whether a recipe is this model's, however many epochs it was trained further, if that may be."""
        own = self.recipe.to_json()
        return recipe == own or (not self.from_scratch and {**recipe, "further": own["further"]} == own)


def _rule_json(rule: ImageRule) -> dict[str, Any]:
    return {"size": list(rule.size) if rule.size else None, "fit": rule.fit, "channels": rule.channels}


def train_once(data: Path, member: FinalModel, on_progress: ProgressCallback = no_progress) -> None:
    """Train a model on all rows of ``data/COMPETITION`` unless it is there, in one process at a time.

    ``on_progress`` is called with the hundredths of an epoch that are done.

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
            with _named(member), memory_errors():
                start = member.start.load() if member.start else None
                train_final(
                    dataset,
                    recipe,
                    path,
                    about=member.about,
                    start=start,
                    asked=member.threads,
                    on_progress=on_progress,
                )


@contextmanager
def _named(member: FinalModel) -> Iterator[None]:
    """Name the model in the error of a training that failed; one that diverged would do so again."""
    try:
        yield
    except TrainingError as error:
        again = "`kagglebot studies NAME` lists the trials, and --trial N takes another one."
        raise TrainingError(
            f"{member.name} cannot be trained on all rows: {error.message.rstrip('.')}.",
            again if error.kind is FailureKind.DIVERGED else error.hint,
            error.kind,
        ) from error


def train_final(
    dataset: Dataset,
    recipe: Recipe,
    path: Path,
    *,
    about: Mapping[str, Any],
    start: Checkpoint | None = None,
    asked: int | None = None,
    on_progress: ProgressCallback = no_progress,
) -> None:
    """Train on all rows but the sealed ones, and save the model at ``path`` with a card beside it.

    The card has its score on the sealed rows, and the standard error of that. See ``FinalModel``.

    ``start`` is the checkpoint that it is trained further from, None where ``recipe.further`` is; ``asked``
    is the number of threads that was asked for. Cut off, the training goes on where it was some minutes before.

    Raises:
        TrainingError: The net diverged or memory ran out.
        DataError: The disk refused the model.
    """
    started = time.monotonic()
    images, labels, family = dataset.train_images, dataset.train_labels, get_family(recipe.family)
    recipe.memory(dataset.schema).check(available_memory(swap=True))
    shape, classes = image_shape(images), len(dataset.schema.classes)
    rows, sealed = recipe.split(labels, dataset.train_groups)
    net = start.nets[recipe.fold] if start is not None and recipe.fold is not None else None
    measured = moments(family, recipe.settings, images, rows)
    if net is not None:
        mean, deviation = net.moments.tolist()
        measured = mean, deviation
    scaling = split_settings(family, recipe.settings)[1].scaling(measured)
    settings, epochs, plan, curve = recipe.course()
    made = made_with(family, recipe.settings, threads(), recipe.digest)
    running = RunningCheckpoint(final_path(path), final_key(recipe.to_json(), made, asked))
    several = dataset.schema.several
    learner = make_learner(
        family, settings, shape, classes, seed=recipe.seed, pixel_moments=measured, several=several
    )
    if net is not None:
        learner.set_weights(net.weights)
    elif start is not None:
        learner.restore(start.state)
    if epochs or len(sealed):  # else it sees no images, and needs no features
        learner.prepare(images, lambda share: on_progress("features", int(100 * share), 100))
    earlier = fit_all(
        learner,
        images,
        labels,
        rows,
        epochs=epochs,
        plan=plan,
        validated=curve,
        running=running,
        on_step=lambda epoch, share: on_progress("training", int(100 * (epoch - 1 + share)), 100 * epochs),
    )
    with disk_errors(f"write {path}"):
        card_path(path).unlink(missing_ok=True)  # first: if killed in between, no card of another model stays
    learner.save(path)
    seconds = round(time.monotonic() - started + earlier, 1)
    if len(sealed):
        plain, averaged = learner.predict_views(images, sealed)
        predicted = averaged if recipe.tta else plain
        about = {**about, **score_rows(recipe.metric, dataset, sealed, predicted, recipe.adjustment)._asdict()}
    # Last: a model counts as trained only once its card is there.
    write_card(path, {**about, "recipe": recipe.to_json(), "seconds": seconds, "scaling": scaling, **made})
    running.path.unlink(missing_ok=True)


def model_path(
    folder: Path, family: str, trial: int, seed: int | None = None, *, now: bool = False, fold: int | None = None
) -> Path:
    """Return where a study's folder holds the model of a trial, trained with the trial's own seed or another.

    ``now`` asks for that of its checkpoint as it is, ``fold`` for that of the net of a fold, from 0.
    """
    ending = "" if seed is None else f"-seed-{seed}"
    if now or fold is not None:
        ending = "-now" if fold is None else f"-fold-{fold + 1}"
    name = f"trial-{trial}{ending}"
    return folder / "models" / f"{name}{ENGINES[get_family(family).engine].suffix}"
