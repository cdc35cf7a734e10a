"""The exponential moving average (EMA) of a net's weights, which is validated and saved in place of the weights.

At a constant learning rate the weights move around the optimum, and their average is nearer to it: after any
epoch about as near as a decaying rate would have brought them (Izmailov et al. 2018, arXiv:1803.05407;
Morales-Brotons et al. 2024, arXiv:2411.18704). So a training can be validated, stopped or continued after any
epoch.
"""

import math
from typing import Any


class WeightAverage:
    """An average over the last ``epochs``: the weights and batch statistics of a second net, ``average``."""

    def __init__(self, model: Any, average: Any, epochs: float) -> None:
        self.model = average
        self.pairs = list(zip(average.weights, model.weights, strict=True))
        self._epochs = epochs
        self.reset()

    def reset(self) -> None:
        """Set the average to the weights as they are now."""
        for mean, weight in self.pairs:
            mean.assign(weight)

    def share(self, step: int, steps: int) -> float:
        """Return the share of the new weights in the average after ``step`` steps, where an epoch has ``steps``.

        It is larger in the first steps, so that the random initial weights are soon forgotten.
        """
        return max(1 - math.exp(-1 / (self._epochs * steps)), 9 / (10 + step))

    def update(self, share: Any) -> None:
        """Update the average with that share of the weights; part of the compiled step."""
        for mean, weight in self.pairs:
            mean.assign_add((weight - mean) * share)
