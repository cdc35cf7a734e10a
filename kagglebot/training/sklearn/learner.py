"""The ``Learner`` of scikit-learn's perceptron, trained an epoch at a time."""

import json
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.models.base import Family, ImageShape, Parameters, Scaling
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.training.epoch_order import EpochOrder
from kagglebot.training.files.model_file import (
    are_finite,
    check_scaling,
    check_trained,
    damaged,
    misfit,
    model_errors,
)
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
from kagglebot.training.scoring.tta import predict_with_tta
from kagglebot.training.settings import SklearnSettings

#: Batches passed to scikit-learn in one call.
_BATCHES = 16
#: Pixels converted to float32 at a time, 128 MB of them: the images may be larger than memory.
_PIXELS = 1 << 25
#: The weights and the biases of each layer.
_Layers = list[tuple[NDArray[Any], NDArray[Any]]]


class SklearnLearner:
    """Trains an ``MLPClassifier`` with ``partial_fit``; see ``learner.Learner``.

    Like scikit-learn's own ``fit``, it is finished when the training loss has not fallen by ``tolerance`` for
    ``patience`` epochs.
    """

    def __init__(
        self,
        family: Family,
        parameters: Parameters,
        settings: SklearnSettings,
        image_shape: ImageShape,
        classes: int,
        *,
        seed: int,
        pixel_moments: Scaling,
        several: bool = False,
    ) -> None:
        family.check(parameters, image_shape)
        self.settings = settings
        self._classes = np.arange(classes)
        self._several = several
        self._scaling = settings.scaling(pixel_moments)
        self._rng = np.random.default_rng(seed)
        self._best_loss, self._since = math.inf, 0
        self._epoch = EpochOrder()  # counts rows
        self._losses: list[float] = []
        self._model = family.build(parameters, image_shape, classes, self._scaling)
        rate = settings.learning_rate
        self._model.set_params(solver=settings.optimizer, learning_rate_init=rate, random_state=seed)
        self._pixels = math.prod(image_shape)
        self._widths = (self._pixels, *self._model.hidden_layer_sizes, classes)

    def renew(self, *, pixel_moments: Scaling) -> bool:
        """Return False: a new net costs next to nothing."""
        return False

    def prepare(self, images: Images, on_share: OnShare) -> None:
        """Do nothing: it learns from the images as they are."""

    @property
    def parameter_count(self) -> int:
        """Number of trainable parameters."""
        return sum(before * after + after for before, after in zip(self._widths, self._widths[1:], strict=False))

    @property
    def finished(self) -> bool:
        """Whether the training loss has stopped falling."""
        return self._since >= self.settings.patience

    def steps(self, rows: int) -> int:
        """Return the number of calls of ``partial_fit`` for so many rows."""
        return math.ceil(rows / self._piece(rows))

    def _piece(self, rows: int) -> int:
        batch = min(self.settings.batch_size, rows)
        return batch * max(1, min(_BATCHES, _PIXELS // (batch * self._pixels)))

    def run_epoch(
        self, images: Images, labels: Labels, rows: Rows, *, schedule_position: Position, on_step: OnStep = None
    ) -> None:
        """Train once on all of ``rows``; see ``learner.Learner``."""
        if not self._epoch.done:
            self._losses = []
        order = self._epoch.permute(self._rng, rows)
        piece = self._piece(len(order))
        self._model.set_params(batch_size=min(self.settings.batch_size, len(order)))
        first = self._epoch.take_up()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a loss that is not a number is an error below
            for start in range(first, len(order), piece):
                some = order[start : start + piece]
                self._learn(images[some], labels[some])
                self._losses.append(float(self._model.loss_))
                if on_step is not None:
                    with self._epoch.within(start + len(some)):
                        on_step(min(1.0, (start + len(some)) / len(order)))
        loss = float(np.mean(self._losses))
        if not math.isfinite(loss):
            raise diverged()
        self._since = 0 if loss < self._best_loss - self.settings.tolerance else self._since + 1
        self._best_loss = min(self._best_loss, loss)

    def _learn(self, images: Images, labels: Labels) -> None:
        try:
            self._model.set_params(batch_size=min(self._model.batch_size, len(images)))
            self._model.partial_fit(_flat(images, self._scaling), labels, classes=self._classes)
        except ValueError as error:
            if "non-finite" not in str(error):
                raise
            raise diverged() from error

    def epoch_ended(self, *, improved: bool) -> None:
        """Do nothing: validation does not change the training."""

    def settle(self, images: Images, rows: Rows) -> bool:
        """Return False: it predicts with what it has learned."""
        return False

    def predict(self, images: Images, rows: Rows | None = None) -> Probabilities:
        """Return class probabilities; see ``learner.Learner``."""
        return _predict(self._layers(), self._scaling, images, rows, several=self._several)

    def _layers(self) -> _Layers:
        return list(zip(self._model.coefs_, self._model.intercepts_, strict=True))

    def predict_views(self, images: Images, rows: Rows) -> tuple[Probabilities, Probabilities]:
        """Return class probabilities without and with test-time augmentation; see ``learner.Learner``."""
        return predict_with_tta(self.predict, images, rows, flip=False)

    def save(self, path: Path) -> None:
        """Write the weights as plain arrays, so that the file holds no code."""
        arrays: dict[str, Any] = {"scaling": np.array(self._scaling)}
        for number, (weights, bias) in enumerate(self._layers()):
            arrays |= {f"weights_{number}": weights, f"bias_{number}": bias}
        check_trained(chain.from_iterable(self._layers()))
        with atomic_write(path) as temporary:
            np.savez(temporary, allow_pickle=False, **arrays)

    def get_weights(self) -> list[NDArray[Any]]:
        """Return weights and biases, layer by layer."""
        return list(chain.from_iterable(self._layers()))

    def set_weights(self, weights: Sequence[NDArray[Any]]) -> None:
        """Predict with these weights and biases; see ``learner.Learner``."""
        self._model.coefs_, self._model.intercepts_ = list(weights[::2]), list(weights[1::2])

    def state(self) -> dict[str, NDArray[Any]] | None:
        """Return all that changes in training; None before it has learned from any row."""
        if not hasattr(self._model, "coefs_"):
            return None
        state = {f"{name}_{number}": each.copy() for name, number, each in self._variables()}
        state |= {"random": np.array(json.dumps(self._rng.bit_generator.state))}
        state |= {"optimizer_steps": np.array(getattr(self._model._optimizer, "t", 0))}
        state |= {"best_loss": np.array(self._best_loss), "since": np.array(self._since)}
        if self._epoch.done:
            state |= self._epoch.state() | {"losses": np.array(self._losses)}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a ``state``; see ``learner.Learner``."""
        if not hasattr(self._model, "coefs_"):
            self._begin()
        variables = [(f"{name}_{number}", each) for name, number, each in self._variables()]
        if any(name not in state or state[name].shape != each.shape for name, each in variables):
            raise ValueError("the state is of another net")
        for name, each in variables:
            each[...] = state[name]
        if hasattr(self._model._optimizer, "t"):
            self._model._optimizer.t = int(state["optimizer_steps"])
        self._rng.bit_generator.state = json.loads(str(state["random"]))
        self._best_loss, self._since = float(state["best_loss"]), int(state["since"])
        self._epoch.restore(state)
        self._losses = np.asarray(state.get("losses", ())).tolist()

    def _begin(self) -> None:
        """Let scikit-learn make its weights and its optimizer, with what a blank image teaches."""
        labels = np.zeros((1, len(self._classes)), np.uint8) if self._several else self._classes[:1]
        self._model.set_params(batch_size=1)
        self._model.partial_fit(np.zeros((1, self._pixels), np.float32), labels, classes=self._classes)

    def _variables(self) -> Iterator[tuple[str, int, NDArray[Any]]]:
        """Yield name, number and array of the weights, and of the optimizer's moments.

        scikit-learn keeps these to itself; a checkpoint is of the installed version only.
        """
        lists = {name: each for name, each in vars(self._model._optimizer).items() if isinstance(each, list)}
        for name, arrays in {"weights": self._model.coefs_, "bias": self._model.intercepts_, **lists}.items():
            yield from ((name, number, each) for number, each in enumerate(arrays))


def load_sklearn(
    path: Path,
    family: Family,
    parameters: Parameters,
    image_shape: ImageShape,
    classes: int,
    *,
    scaling: Scaling | None,
    several: bool = False,
) -> Predictor:
    """Load a model that ``SklearnLearner.save`` wrote; its file has the scaling of the pixels too.

    Raises:
        DataError: The file is missing or damaged, or holds the weights of another net.
    """
    layers, saved = read_layers(path)
    check_scaling(path, saved, image_shape)
    net = family.build(parameters, image_shape, classes, saved)
    widths = (math.prod(image_shape), *net.hidden_layer_sizes, classes if classes > 2 or several else 1)
    shapes = [array.shape for array in chain.from_iterable(layers)]
    needed = [shape for before, after in pairwise(widths) for shape in ((before, after), (after,))]
    if shapes != needed:
        raise misfit(path, shapes, needed)
    return lambda images: _predict(layers, saved, images, several=several)


def read_layers(path: Path) -> tuple[_Layers, Scaling]:
    """Read the layers of the model at ``path``, and the (scale, offset) of its pixels.

    Raises:
        DataError: The file is missing or damaged, or has weights that are not finite numbers.
    """
    with model_errors(path), path.open("rb") as stream:  # np.load leaves a damaged file open
        with np.load(stream, allow_pickle=False) as arrays:
            count = sum(name.startswith("weights_") for name in arrays.files)
            layers = [(arrays[f"weights_{number}"], arrays[f"bias_{number}"]) for number in range(count)]
            scaling = np.asarray(arrays["scaling"], float)
        scale, offset = scaling.tolist()
        if not layers or not are_finite([*chain.from_iterable(layers), scaling]):
            raise damaged(path, "it has weights that are not finite numbers")
    return layers, (scale, offset)


def _flat(images: Images, scaling: Scaling) -> NDArray[np.float32]:
    scale, offset = (np.asarray(each, np.float32) for each in scaling)
    scaled: NDArray[np.float32] = images.astype(np.float32) * scale + offset
    return scaled.reshape(len(images), -1)


def _predict(
    layers: _Layers, scaling: Scaling, images: Images, rows: Rows | None = None, *, several: bool
) -> Probabilities:
    """Predict the rows, all if None, in pieces that fit into memory."""
    chosen = np.arange(len(images)) if rows is None else rows
    size = max(1, _PIXELS // max(len(weights) for weights, _ in layers))
    pieces = [chosen[start : start + size] for start in range(0, len(chosen), size)]
    return np.concatenate([_forward(layers, scaling, images[piece], several=several) for piece in pieces])


def _forward(layers: _Layers, scaling: Scaling, images: Images, *, several: bool) -> Probabilities:
    """Map images ``(n, height, width, channels)`` uint8 to probabilities ``(n, classes)`` float32."""
    hidden = _flat(images, scaling)
    for weights, bias in layers[:-1]:
        hidden = np.maximum(hidden @ weights + bias, 0)
    weights, bias = layers[-1]
    logits = hidden @ weights + bias
    if several:
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    if logits.shape[1] == 1:  # two classes: scikit-learn has one output, the logit of the second
        logits = np.hstack([np.zeros_like(logits), logits])
    logits = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(logits / logits.sum(axis=1, keepdims=True), np.float32)
