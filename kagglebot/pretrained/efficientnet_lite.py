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


@dataclass(frozen=True)
class Scale:
    """The factors by which a net is wider and deeper than the smallest one."""

    width: float = 1.0
    depth: float = 1.0


@dataclass(frozen=True)
class _Block:
    name: str
    kernel: int
    stride: int
    expansion: int
    filters: int


def blocks(scale: Scale) -> Iterator[_Block]:
    """Return the inverted residual blocks of a net, in order."""
    number = 0
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(_STAGES):
        inner = 0 < stage < len(_STAGES) - 1  # the first and the last stage are as deep in every Lite net
        for repeat in range(math.ceil(repeats * scale.depth) if inner else repeats):
            step = 1 if repeat else stride
            yield _Block(f"_blocks.{number}.", kernel, step, expansion, _rounded(filters * scale.width))
            number += 1


def _rounded(filters: float) -> int:
    """Round a number of filters to a multiple of 8, but not below nine tenths of it."""
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * filters else nearest


def build(scale: Scale) -> Any:
    """Build the net without its classifier.

    Returns:
        A ``keras.Model`` from float32 pixels 0-255, ``(n, height, width, 3)``, to features ``(n, 1280)``.
    """
    from keras import Model, layers

    pixels = layers.Input((None, None, 3), name="pixels")
    hidden = layers.Rescaling(1 / 128, -127 / 128)(pixels)
    stem = layers.Conv2D(_STEM_FILTERS, 3, 2, "same", use_bias=False, name="_conv_stem")
    hidden = _normalised(stem(hidden), "_bn0")
    for block in blocks(scale):
        hidden = _apply_block(block, hidden)
    head = layers.Conv2D(FEATURES, 1, use_bias=False, name="_conv_head")
    hidden = _normalised(head(hidden), "_bn1")
    return Model(pixels, layers.GlobalAveragePooling2D(name="features")(hidden))


def _apply_block(block: _Block, inputs: Any) -> Any:
    from keras import layers

    hidden, channels = inputs, inputs.shape[-1]
    if block.expansion > 1:
        expand = layers.Conv2D(channels * block.expansion, 1, use_bias=False, name=f"{block.name}_expand_conv")
        hidden = _normalised(expand(hidden), f"{block.name}_bn0")
    depthwise = layers.DepthwiseConv2D(
        block.kernel, block.stride, "same", use_bias=False, name=f"{block.name}_depthwise_conv"
    )
    hidden = _normalised(depthwise(hidden), f"{block.name}_bn1")
    project = layers.Conv2D(block.filters, 1, use_bias=False, name=f"{block.name}_project_conv")
    hidden = _normalised(project(hidden), f"{block.name}_bn2", activation=False)
    return layers.Add()([inputs, hidden]) if block.stride == 1 and channels == block.filters else hidden


def _normalised(hidden: Any, name: str, *, activation: bool = True) -> Any:
    from keras import layers

    hidden = layers.BatchNormalization(epsilon=_EPSILON, name=name)(hidden)
    return layers.ReLU(6.0)(hidden) if activation else hidden


def assign(model: Any, tensors: Mapping[str, NDArray[Any]]) -> None:
    """Set the weights of ``model`` from the tensors of a checkpoint.

    Raises:
        ValueError: A tensor is missing, has another shape or is not finite; names it.
    """
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([_tensor(tensors, *each) for each in _wanted(layer)])


def _wanted(layer: Any) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...] | None]]:
    """Return (name, shape, order of axes) of each tensor of a layer; the order is None if it stays."""
    if "bn" in layer.name.rpartition(".")[2]:
        for kind in ("weight", "bias", "running_mean", "running_var"):
            yield f"{layer.name}.{kind}", tuple(layer.gamma.shape), None
    else:  # PyTorch: (outputs, inputs, height, width); for a depthwise convolution (channels, 1, height, width)
        order = (2, 3, 0, 1) if "depthwise" in layer.name else (2, 3, 1, 0)
        yield f"{layer.name}.weight", tuple(layer.kernel.shape), order


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
