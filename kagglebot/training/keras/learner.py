"""The ``Learner`` of Keras nets: a net with its optimizer, trained an epoch at a time."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.models.base import Family, ImageShape, Parameters, Scaling
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.training.epoch_order import EpochOrder
from kagglebot.training.files.model_file import check_trained
from kagglebot.training.keras.backends import Trained, backend
from kagglebot.training.keras.batch_statistics import BATCH, take_statistics
from kagglebot.training.keras.class_weights import class_weights
from kagglebot.training.keras.ema import WeightAverage
from kagglebot.training.keras.optimizer import Optimizer
from kagglebot.training.keras.parts import trained_part
from kagglebot.training.keras.schedules import Schedule
from kagglebot.training.keras.weights_file import load_weights, saved_scaling
from kagglebot.training.learner import (
    Images,
    Labels,
    OnShare,
    OnStep,
    Position,
    Predictor,
    Probabilities,
    Rows,
    diverged,
)
from kagglebot.training.out_of_memory import memory_errors
from kagglebot.training.plan import ESTIMATE_STEPS, WARM_UP_STEPS
from kagglebot.training.settings import TrainingSettings

#: Images predicted at once; fewer if they are larger, so that it takes no more memory than training.
PREDICT_BATCH = 512
PREDICT_PIXELS = PREDICT_BATCH * 32 * 32
#: Times as many on a card, which would be idle between small batches.
CARD_FACTOR = 4
#: Steps on a card that are waited for one by one, so that their time is measured, then steps between two waits.
TIMED_STEPS, STEPS_AHEAD = WARM_UP_STEPS + ESTIMATE_STEPS, 16


class KerasLearner:
    """Trains a model of a Keras family; see ``learner.Learner`` and ``registry.make_learner``."""

    def __init__(
        self,
        family: Family,
        parameters: Parameters,
        settings: TrainingSettings,
        image_shape: ImageShape,
        classes: int,
        *,
        seed: int,
        pixel_moments: Scaling,
        several: bool = False,
    ) -> None:
        self._backend = backend()
        self.settings = settings
        family.check(parameters, image_shape)
        self._backend.new_net(seed)
        self._family, self._seed = family, seed
        self._classes = classes
        scaling = settings.scaling(pixel_moments)
        shape = {"image_shape": image_shape, "classes": classes, "scaling": scaling}
        self._part = trained_part(family, parameters, settings, **shape)
        self.model = self._part.build()
        self._optimizer = Optimizer(settings, self.model.trainable_variables, self._part.rates(self.model))
        self._average: WeightAverage | None = None
        if settings.ema_epochs:
            self._average = WeightAverage(self.model, self._part.build(), settings.ema_epochs)
        self._begin()
        trained = Trained(self.model, self._part.logits, self._optimizer, self._average)
        self._train_step = self._backend.train_step(trained, classes, settings.label_smoothing)
        #: The net that is validated and saved.
        self.result = self._average.model if self._average else self.model
        largest = _at_once(PREDICT_BATCH) if family.is_frozen else _predict_batch(family, parameters, image_shape)
        step = self._backend.predict_step(self.result, several=several)
        self._predict = partial(predict_in_batches, step, largest=largest)
        self._on_card = self._backend.on_card()
        #: The images that were trained on last, and these where steps read them.
        self._held: tuple[Images, Any] | None = None

    def _begin(self) -> None:
        """Set what changes in training besides the variables to its start."""
        self._rng = np.random.default_rng(self._seed)
        self._schedule = Schedule(self.settings.schedule, self.settings.learning_rate, self.settings.warmup_steps)
        self._steps = self._timed = 0
        self._epoch = EpochOrder()  # counts steps

    def renew(self, *, pixel_moments: Scaling) -> bool:
        """Begin again with the weights of a new net, whose steps are compiled; see ``learner.Learner``."""
        if self.settings.scaling(pixel_moments) != self._part.scaling:
            return False
        self._backend.seed(self._seed)
        new = self._part.build()
        for variable, start in zip(self.model.variables, new.variables, strict=True):
            variable.assign(start)
        self._optimizer.reset()
        if self._average:
            self._average.reset()
        self._begin()
        return True

    def prepare(self, images: Images, on_share: OnShare) -> None:
        """Compute the features that a frozen backbone makes of the images, unless they are there."""
        with memory_errors():
            self._part.prepare(images, on_share)

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters."""
        return sum(math.prod(variable.shape) for variable in self.model.trainable_variables)

    @property
    def finished(self) -> bool:
        """False: a Keras net is trained for all its epochs."""
        return False

    def steps(self, rows: int) -> int:
        """Return the number of steps in an epoch of so many rows."""
        return max(1, rows // self.settings.images_in_step(rows))

    def epoch_ended(self, *, improved: bool) -> None:
        """Record in the schedule whether the epoch has the best validation score so far."""
        self._schedule.epoch_ended(improved=improved)

    def run_epoch(
        self, images: Images, labels: Labels, rows: Rows, *, schedule_position: Position, on_step: OnStep = None
    ) -> None:
        """Train once on all of ``rows``; see ``learner.Learner``."""
        size = self.settings.images_in_step(len(rows))
        if not self._epoch.done:
            self._backend.begin_epoch(self._seed + self._steps)
        order = self._epoch.permute(self._rng, rows)
        # Every step has the same shape, so that nothing is traced twice; rows left over are skipped in this epoch.
        steps = len(order) // size
        weights = class_weights(self.settings.class_weights, labels[rows], self._classes)
        losses = []
        first = self._epoch.take_up()
        with memory_errors():
            source = self._source(images)
            for step in range(first, steps):
                batch = np.sort(order[step * size : (step + 1) * size])  # sorted: faster on a memory map
                inputs, drawn = self._part.batch(source, batch, self._rng)
                rate = self._schedule.rate(schedule_position(step / steps), self._steps, steps)
                share = self._average.share(self._steps, steps) if self._average else 0.0
                self._steps += 1
                losses.append(self._train_step(inputs, labels[batch], rate, share, drawn, class_weights=weights))
                if on_step is not None:
                    if self._is_waited_for():
                        losses[-1] = float(losses[-1])  # waits for the step, so that its time is measured
                    with self._epoch.within(step + 1):
                        on_step((step + 1) / steps)
        if losses and not math.isfinite(float(losses[-1])):
            raise diverged()

    def _source(self, images: Images) -> Any:
        """Return where steps read the images: on a card, where all of them fit, or as they are."""
        if self._family.is_frozen:  # it reads features
            return images
        if self._held is None or self._held[0] is not images:
            self._held = images, self._backend.held(images)
        return self._held[1]

    def _is_waited_for(self) -> bool:
        """Return whether to wait for the step that was just begun: on a CPU for each one."""
        self._timed += 1
        return not self._on_card or self._timed <= TIMED_STEPS or self._timed % STEPS_AHEAD == 0

    def settle(self, images: Images, rows: Rows) -> bool:
        """Take the statistics of batch normalisation anew from plain images, if the settings ask for it."""
        if self.settings.batch_statistics == "augmented" or not self._part.learns_statistics:
            return False
        run = partial(self._backend.run, self.result)
        fitting = min(BATCH, PREDICT_PIXELS // math.prod(self.result.input_shape[1:3]))
        batch = max(self.settings.images_in_step(len(rows)), fitting)
        return take_statistics(self.result, run, images, rows, batch=batch, seed=self._seed)

    def predict(self, images: Images, rows: Rows | None = None) -> Probabilities:
        """Return class probabilities; see ``learner.Learner``."""
        return self._part.predict(self._predict, images, rows)

    def predict_views(self, images: Images, rows: Rows) -> tuple[Probabilities, Probabilities]:
        """Return class probabilities without and with test-time augmentation; see ``learner.Learner``."""
        return self._part.predict_views(self._predict, images, rows)

    def save(self, path: Path) -> None:
        """Write the model in Keras's own format, completely or not at all."""
        check_trained(map(np.asarray, self.result.get_weights()))
        with atomic_write(path) as temporary:
            self._part.whole(self.result).save(temporary)

    def get_weights(self) -> list[NDArray[Any]]:
        """Return the weights that it predicts with; see ``learner.Learner``."""
        return [np.asarray(each).copy() for each in self.result.get_weights()]

    def set_weights(self, weights: Sequence[NDArray[Any]]) -> None:
        """Predict with these weights; see ``learner.Learner``."""
        self.result.set_weights(weights)

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all that changes in training, beside what the schedule "plateau" has seen."""
        # Copies, as PyTorch's arrays share the memory that training changes.
        numbers = {str(place): np.asarray(each).copy() for place, each in enumerate(self._variables())}
        random = np.array(json.dumps(self._rng.bit_generator.state))
        state = {**numbers, "random": random, "steps": np.array(self._steps)}
        if self._epoch.done:
            state |= self._epoch.state() | {"dropout": self._backend.random_state()}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a ``state``; see ``learner.Learner``."""
        variables = self._variables()
        if len(variables) != sum(map(str.isdigit, state)) or any(
            tuple(variable.shape) != state[str(place)].shape for place, variable in enumerate(variables)
        ):
            raise ValueError("the state is of another net")
        for place, variable in enumerate(variables):
            variable.assign(state[str(place)])
        self._rng.bit_generator.state = json.loads(str(state["random"]))
        self._steps = int(state["steps"])
        self._epoch.restore(state)
        if self._epoch.done:
            self._backend.restore_random(state["dropout"])

    def _variables(self) -> list[Any]:
        """Return the variables of net, optimizer and average, with dropout seeds and batch statistics."""
        average = self._average.model.variables if self._average else []
        return [*self.model.variables, *self._optimizer.variables, *average]


def load_keras(
    path: Path,
    family: Family,
    parameters: Parameters,
    image_shape: ImageShape,
    classes: int,
    *,
    scaling: Scaling | None,
    several: bool = False,
) -> Predictor:
    """Build a net and read its weights from a model's file; the predictor works in batches.

    Raises:
        DataError: The file is missing or damaged, or holds the weights of another net.
    """
    engine = backend()
    net = family.build(parameters, image_shape, classes, scaling or saved_scaling(path))
    load_weights(path, net)
    step = engine.predict_step(net, several=several)
    largest = _predict_batch(family, parameters, image_shape)
    return lambda images: predict_in_batches(step, images, None, largest=largest)


def _predict_batch(family: Family, parameters: Parameters, image_shape: ImageShape) -> int:
    """Return how many images are predicted at once by a net that may resize them."""
    if family.transfer:
        return family.transfer.batch(parameters, image_shape)
    pixels = math.prod(family.seen_shape(parameters, image_shape)[:2])
    return max(1, min(_at_once(PREDICT_BATCH), _at_once(PREDICT_PIXELS) // pixels))


def _at_once(count: int) -> int:
    """Return how many images or pixels to predict at once in place of ``count`` on a CPU."""
    return count * CARD_FACTOR if backend().on_card() else count


def predict_in_batches(
    step: Callable[[Any], Any], images: Images, rows: Rows | None, *, largest: int = PREDICT_BATCH
) -> Probabilities:
    """Run ``step`` over the images in batches of at most ``largest``; the last one is padded to the same shape."""
    chosen = np.arange(len(images)) if rows is None else rows
    size = max(1, min(largest, _at_once(PREDICT_PIXELS) // math.prod(images.shape[1:3])))
    parts = []
    for start in range(0, len(chosen), size):
        batch = chosen[start : start + size]
        padded = np.resize(batch, size) if len(chosen) > size else batch
        parts.append(np.asarray(step(images[padded]))[: len(batch)])
    return np.concatenate(parts)
