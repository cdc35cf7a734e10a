"""How many floating-point operations an image costs a net, counted from its layers.

Counted are convolutions and dense layers, a multiplication and an addition as two; what else a net does (batch
normalisation, activations, pooling, the optimiser) is left out, as it costs memory rather than arithmetic. Going
back costs twice as much as going forward, once for the gradient of the weights and once for that of the input; the
first of these layers has no input that learns, so it is spared the second.
"""

import math
from typing import Any


def layer_flops(model: Any) -> list[int]:
    """Operations of an image going forward through each convolution and dense layer of a Keras model, in order."""
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
    """Operations of predicting one image."""
    return sum(layer_flops(model))


def training_flops(model: Any) -> int:
    """Operations of learning from one image: forward, and back to all weights."""
    counted = layer_flops(model)
    return 3 * sum(counted) - counted[0]
