"""The training and prediction steps of a Keras net on PyTorch.

The weights are Keras's own, so the net is saved and loaded like any other. Training uses PyTorch's fused
operations where Keras combines several small ones, and bfloat16 where the hardware supports it: weights, batch
statistics, logits, loss and the optimizer stay in float32, and so do predictions.
"""

import gc
import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.training.keras.augmentation import Augmentation
from kagglebot.training.keras.augmented_batch import change_colours, mix
from kagglebot.training.keras.backends import PredictStep, Trained, TrainStep
from kagglebot.training.keras.keras_import import import_keras
from kagglebot.training.runtime import Runtime

#: Functions of torch.cpu that tell whether the processor multiplies bfloat16; a version without them uses float32.
_BFLOAT16 = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")


def begin() -> None:
    """See ``backends.Backend``; the threads are those of OMP_NUM_THREADS."""
    import_keras("torch")


def new_net(number: int) -> None:
    """See ``backends.Backend``."""
    gc.collect()
    seed(number)


def seed(number: int) -> None:
    """See ``backends.Backend``; Keras's own function would import TensorFlow too."""
    random.seed(number)  # Keras takes the seeds of initial weights from it
    begin_epoch(number)


def begin_epoch(number: int) -> None:
    """See ``backends.Backend``: dropout draws from PyTorch's own generator."""
    import torch

    torch.manual_seed(number)


def random_state() -> NDArray[np.uint8]:
    """See ``backends.Backend``; a graphics card has a generator of its own, which is not kept."""
    import torch

    return torch.get_rng_state().numpy().copy()  # type: ignore[no-any-return]


def restore_random(state: NDArray[np.uint8]) -> None:
    """See ``backends.Backend``."""
    import torch

    torch.set_rng_state(torch.from_numpy(state))


def runtime(*, nested: bool = False) -> Runtime:
    """See ``backends.Backend``; nested nets are run by Keras's own layers, which compute in float32."""
    import torch

    card = torch.cuda.is_available() or torch.backends.mps.is_available()  # where Keras puts the weights
    return Runtime(
        "torch", "GPU" if card else "CPU", "bfloat16" if not nested and computes_bfloat16() else "float32"
    )


def on_card() -> bool:
    """See ``backends.Backend``."""
    return runtime().device == "GPU"


def held(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """See ``backends.Backend``: they stay in main memory."""
    return images


def computes_bfloat16() -> bool:
    """Return whether nets are trained in bfloat16 here: convolutions take half the time if the hardware has it."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return any(getattr(torch.cpu, name, bool)() for name in _BFLOAT16)


def train_step(net: Trained, classes: int, label_smoothing: float) -> TrainStep:
    """See ``backends.Backend``."""
    import torch
    from torch.nn import functional

    model = net.model
    weights = [variable.value for variable in model.trainable_variables]
    averaged = [(mean.value, weight.value) for mean, weight in net.average.pairs] if net.average else []
    plain, bfloat16 = _is_plain(model), computes_bfloat16()

    def step(
        images: Any, labels: Any, rate: float, share: float, drawn: Augmentation, *, class_weights: Any
    ) -> Any:
        device = weights[0].device
        inputs = _resized(model, torch.from_numpy(images).to(device).float())  # bytes are sent to a card
        several, given = labels.ndim == 2, torch.from_numpy(labels).to(device)
        targets = given.float() if several else functional.one_hot(given, classes).float()
        if drawn.maps is not None:
            inputs = warp(inputs, torch.from_numpy(drawn.maps).to(device), reflect=drawn.reflect)
        inputs = change_colours(inputs, drawn)
        if drawn.partners is not None:
            inputs, targets = mix(inputs, targets, drawn)
        logits = forward(model, inputs, training=True, bfloat16=bfloat16) if plain else net.logits(model, inputs)
        weights_of = None if class_weights is None else torch.from_numpy(class_weights).to(device)
        if several:
            smoothed = targets * (1 - label_smoothing) + label_smoothing / 2
            cell_weights = None if weights_of is None else 1 + targets * (weights_of - 1)
            losses = functional.binary_cross_entropy_with_logits(
                logits, smoothed, cell_weights, reduction="none"
            ).sum(dim=-1)
        else:
            losses = functional.cross_entropy(logits, targets, label_smoothing=label_smoothing, reduction="none")
            losses = losses if weights_of is None else losses * (targets @ weights_of)
        loss = losses.mean()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            net.optimizer.apply(gradients, rate)
            if averaged:
                means, followed = zip(*averaged, strict=True)
                torch._foreach_lerp_(means, followed, share)
        return loss.detach()

    return step


def predict_step(model: Any, *, several: bool = False) -> PredictStep:
    """See ``backends.Backend``."""
    import torch

    device, plain = model.weights[0].value.device, _is_plain(model)

    def step(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.no_grad():
            pixels = _resized(model, torch.from_numpy(images).to(device).float())
            if plain:
                logits = forward(model, pixels, training=False, bfloat16=False)
            else:
                logits = model(pixels, training=False)
            probabilities = torch.sigmoid(logits) if several else torch.softmax(logits, -1)
            return probabilities.cpu().numpy()  # type: ignore[no-any-return]

    return step


def run(model: Any, images: NDArray[np.uint8]) -> Any:
    """See ``backends.Backend``."""
    import torch

    with torch.no_grad():
        pixels = torch.from_numpy(images).to(model.weights[0].value.device).float()
        return model(_resized(model, pixels), training=False)


def warp(pixels: Any, maps: Any, *, reflect: bool) -> Any:
    """Apply ``Augmentation.maps`` to images ``(n, height, width, channels)``."""
    import torch
    from torch.nn import functional

    count, height, width, _ = pixels.shape
    rows, columns = torch.meshgrid(
        torch.arange(height, device=pixels.device), torch.arange(width, device=pixels.device), indexing="ij"
    )
    points = torch.stack([columns, rows, torch.ones_like(rows)]).reshape(3, -1).float()
    source = (maps[:, :6].reshape(-1, 3) @ points).reshape(count, 2, height, width)
    # grid_sample counts from -1 at the left edge of the first pixel to 1 at the right edge of the last.
    size = torch.tensor([width, height], device=pixels.device).reshape(2, 1, 1)
    grid = ((2 * source + 1) / size - 1).permute(0, 2, 3, 1)
    border = "reflection" if reflect else "zeros"
    moved = functional.grid_sample(pixels.permute(0, 3, 1, 2), grid, padding_mode=border, align_corners=False)
    # Through one dimension: with a single channel PyTorch cannot tell which dimension it is, and the layers are
    # faster with the channels last.
    return moved.permute(0, 2, 3, 1).reshape(-1).reshape(pixels.shape)


def _resized(model: Any, pixels: Any) -> Any:
    """Return inputs of the net: images of another shape are resized as its own layer would."""
    if tuple(pixels.shape[1:]) == tuple(model.input_shape[1:]):
        return pixels
    from keras import ops

    return ops.image.resize(pixels, model.input_shape[1:3], antialias=True)


def _is_plain(model: Any) -> bool:
    """Return whether each layer takes outputs of the layers before it, and none has layers of its own."""
    known = {id(layer.output) for layer in model.layers if not hasattr(layer, "layers")}
    inputs = [id(each) for layer in model.layers[1:] for each in _inputs(layer)]
    return len(known) == len(model.layers) and known.issuperset(inputs)


def _inputs(layer: Any) -> list[Any]:
    return layer.input if isinstance(layer.input, list) else [layer.input]


def forward(model: Any, pixels: Any, *, training: bool, bfloat16: bool) -> Any:
    """Run the layers of a net on images ``(n, height, width, channels)``; return float32 logits."""
    import torch

    first, *layers, last = model.layers
    outputs = {id(first.output): pixels}
    with torch.autocast(pixels.device.type, torch.bfloat16, enabled=bfloat16):
        for layer in layers:
            hidden = (outputs[id(each)] for each in _inputs(layer))
            outputs[id(layer.output)] = _apply(layer, *hidden, training=training)
    return last(outputs[id(last.input)].float(), training=training)


def _apply(layer: Any, hidden: Any, *others: Any, training: bool) -> Any:
    """Run a layer by PyTorch's own operation, or by Keras's in float32 if there is none for its settings."""
    from keras import activations, layers
    from torch.nn import functional

    # Keras has the channels last and PyTorch has them second. Both read the same memory: nothing is copied.
    channels_second = hidden.movedim(-1, 1)
    match layer:
        case layers.Conv2D(strides=(1, 1), groups=1) if layer.activation is activations.linear:
            kernel, bias = layer.kernel.value.permute(3, 2, 0, 1), layer.bias.value if layer.use_bias else None
            padding, dilation = layer.padding, layer.dilation_rate
            made = functional.conv2d(channels_second, kernel, bias, padding=padding, dilation=dilation)
        case layers.MaxPooling2D(padding="valid"):
            made = functional.max_pool2d(channels_second, layer.pool_size, layer.strides)
        # PyTorch rejects statistics of one value.
        case layers.BatchNormalization(scale=True, center=True, renorm=False) if not (
            training and hidden.numel() == hidden.shape[-1]
        ):
            made = functional.batch_norm(
                channels_second,
                layer.moving_mean.value,
                layer.moving_variance.value,
                layer.gamma.value,
                layer.beta.value,
                training=training,
                momentum=1 - layer.momentum,
                eps=layer.epsilon,
            )
        case layers.ReLU(max_value=None, negative_slope=0, threshold=0):
            return functional.relu(hidden)
        case layers.Dropout(noise_shape=None, seed=None):
            return functional.dropout(hidden, layer.rate, training=training)
        case layers.Add():
            return sum(others, hidden)
        case _:
            return layer([hidden, *others] if others else hidden, training=training)
    return made.movedim(1, -1)
