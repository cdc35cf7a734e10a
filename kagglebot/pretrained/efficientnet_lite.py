"""EfficientNet-Lite in Keras's own layers, with the weights of its PyTorch checkpoints.

Tan and Le, 2019, https://arxiv.org/abs/1905.11946. The Lite variants have no squeeze-and-excitation, and ReLU6:
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: (repeats, kernel side, stride, expansion, filters) of each stage of the smallest net.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM_FILTERS = 32
FEATURES = 1280
_EPSILON = 1e-3
#: What stands in names of layers for the dots in names of their tensors: on PyTorch no name may have a dot.
_DOT = "-"


@dataclass(frozen=True)
class Scale:
    """The factors by which a net is wider and deeper than the smallest one."""

    width: float = 1.0
    depth: float = 1.0


@dataclass(frozen=True)
class Block:
    """An inverted residual block: expand the channels, filter each, project; ``kernel`` is a side in pixels."""

    name: str
    kernel: int
    stride: int
    expansion: int
    filters: int


def blocks(scale: Scale) -> Iterator[Block]:
    """Return the inverted residual blocks of a net, in order."""
    number = 0
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(_STAGES):
        inner = 0 < stage < len(_STAGES) - 1  # the first and the last stage are as deep in every Lite net
        for repeat in range(math.ceil(repeats * scale.depth) if inner else repeats):
            step = 1 if repeat else stride
            yield Block(f"_blocks{_DOT}{number}{_DOT}", kernel, step, expansion, _rounded(filters * scale.width))
            number += 1


def _rounded(filters: float) -> int:
    """Round a number of filters to a multiple of 8, but not below nine tenths of it."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * filters else nearest


def build(scale: Scale) -> Any:
    """Build the net without its classifier; its convolutions have biases in place of batch normalisation.

    Returns:
        A ``keras.Model`` from float32 pixels 0-255, ``(n, height, width, 3)``, to features ``(n, 1280)``.
    """
    from keras import Model, layers

    pixels = layers.Input((None, None, 3), name="pixels")
    hidden = layers.Rescaling(1 / 128, -127 / 128)(pixels)
    hidden = layers.Conv2D(_STEM_FILTERS, 3, 2, "same", activation="relu6", name="_conv_stem")(hidden)
    for block in blocks(scale):
        hidden = apply_block(block, hidden)
    hidden = layers.Conv2D(FEATURES, 1, activation="relu6", name="_conv_head")(hidden)
    return Model(pixels, layers.GlobalAveragePooling2D(name="features")(hidden))


def apply_block(block: Block, inputs: Any) -> Any:
    """Return the outputs of a block's layers; ``inputs`` are added where they have the same shape."""
    from keras import layers

    hidden, channels, name = inputs, inputs.shape[-1], block.name
    if block.expansion > 1:
        expanded = channels * block.expansion
        hidden = layers.Conv2D(expanded, 1, activation="relu6", name=f"{name}_expand_conv")(hidden)
    hidden = layers.DepthwiseConv2D(
        block.kernel, block.stride, "same", activation="relu6", name=f"{name}_depthwise_conv"
    )(hidden)
    hidden = layers.Conv2D(block.filters, 1, name=f"{name}_project_conv")(hidden)
    return layers.Add()([inputs, hidden]) if block.stride == 1 and channels == block.filters else hidden


#: Order of the axes of a kernel in PyTorch: (outputs, inputs, height, width); of a depthwise convolution
#: (channels, 1, height, width).
_AXES, _DEPTHWISE_AXES = (2, 3, 1, 0), (2, 3, 0, 1)
#: The batch normalisation after each convolution of a block, or of the net.
_NORMALISATIONS = {
    "_conv_stem": "_bn0",
    "_conv_head": "_bn1",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
}


def assign(model: Any, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Set the weights of ``model`` from the tensors of a checkpoint.

    Its batch normalisation, by fixed statistics, becomes a part of the convolutions before it.

    Raises:
        ValueError: A tensor is missing, has another shape or is not finite; names it.
    """
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_joined(layer, tensors))


def _joined(layer: Any, tensors: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """Return kernel and bias of a convolution and the normalisation that follows it."""
    stored = layer.name.replace(_DOT, ".")
    block, _, kind = stored.rpartition(".")
    prefix = f"{block}." if block else ""
    depthwise, channels = kind == "_depthwise_conv", tuple(layer.bias.shape)
    axes = _DEPTHWISE_AXES if depthwise else _AXES
    kernel = _tensor(tensors, f"{stored}.weight", tuple(layer.kernel.shape), axes)
    gamma, beta, mean, variance = (
        _tensor(tensors, f"{prefix}{_NORMALISATIONS[kind]}.{each}", channels, None)
        for each in ("weight", "bias", "running_mean", "running_var")
    )
    factor = gamma / np.sqrt(variance + _EPSILON)
    return [kernel * (factor[:, None] if depthwise else factor), beta - mean * factor]


def _tensor(
    tensors: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...], order: tuple[int, ...] | None
) -> NDArray[Any]:
    if name not in tensors:
        raise ValueError(f"it has no {name}")
    tensor = tensors[name] if order is None else tensors[name].transpose(order)
    if tensor.shape != shape:
        raise ValueError(f"{name} has the shape {tensors[name].shape} of another net")
    if not np.isfinite(tensor).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return tensor
