"""Count the floating-point operations per image of a Keras model.

Only convolutions and dense layers count, a multiplication and an addition as two operations; batch normalisation,
activations, pooling and the optimiser are limited by memory rather than arithmetic. The backward pass costs twice
the forward pass: once for the gradient of the weights and once for that of the input. The first layer needs no
gradient of its input.
"""

import math
from typing import Any


def layer_flops(model: Any) -> list[int]:
    """Return the forward operations per image of each convolution and dense layer, in order."""
    from keras import layers

    counted = []
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            # kernel: (height, width, channels in, filters); output: (batch, rows, columns, filters)
            positions = math.prod(layer.output.shape[1:3])
            counted.append(2 * math.prod(layer.kernel.shape) * positions)
        elif isinstance(layer, layers.Dense):
            counted.append(2 * math.prod(layer.kernel.shape))
    return counted


def forward_flops(model: Any) -> int:
    """Return the operations of predicting one image."""
    return sum(layer_flops(model))


def training_flops(model: Any) -> int:
    """Return the operations of training on one image: the forward and the backward pass."""
    counted = layer_flops(model)
    return 3 * sum(counted) - counted[0]
