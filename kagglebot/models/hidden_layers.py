"""Parameters of hidden layers, for the two families without convolutions."""

import math
from itertools import pairwise
from typing import Any

from pydantic import Field, create_model

from kagglebot.models.base import ImageShape, Parameters, Work

MAX_LAYERS = 10
_WIDTHS: dict[str, Any] = {
    f"units_{number}": (int, Field(64, ge=1, le=8192, description=f"units of hidden layer {number}"))
    for number in range(1, MAX_LAYERS + 1)
}


class _Layers(Parameters):
    layers: int = Field(2, ge=1, le=MAX_LAYERS, description="hidden layers")

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer, from the pixels to the classes."""
        return tuple(getattr(self, f"units_{number}") for number in range(1, self.layers + 1))


#: ``layers``, and ``units_1`` to ``units_10``, of which the first ``layers`` count.
LayerParameters = create_model("LayerParameters", __base__=_Layers, **_WIDTHS)


def work(parameters: _Layers, image_shape: ImageShape, classes: int) -> Work:
    """Count the operations of the layers for one image."""
    widths = (math.prod(image_shape), *parameters.widths, classes)
    weights = sum(before * after for before, after in pairwise(widths))
    return Work(weights, sum(widths[1:]), weights, len(widths) - 1)
