"""The stages of a backbone: the layers between one halving of its feature maps and the next."""

import math
from typing import Any


def stages(net: Any) -> dict[Any, int]:
    """Return the stage of each layer of a functional net, from 0: how often its outputs were halved in size."""
    strides: dict[str, int] = {}
    for layer in net.layers:  # each after those whose outputs it takes
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        before = max((strides.get(each._keras_history.operation.name, 1) for each in inputs), default=1)
        strides[layer.name] = before * _stride(layer)
    return {layer: round(math.log2(strides[layer.name])) for layer in net.layers}


def _stride(layer: Any) -> int:
    if inner := getattr(layer, "layers", ()):  # a Sequential of layers
        return math.prod(map(_stride, inner))
    own = getattr(layer, "strides", 1)
    return max(own) if isinstance(own, tuple | list) else int(own)
