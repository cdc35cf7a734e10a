"""The moving average of a net's weights: what is scored and kept in place of the weights of the last step.

At a steady rate the weights go round their goal; their average lies nearer to it, at any epoch about as near as a
falling rate would have brought them (Izmailov et al. 2018, arXiv:1803.05407; Morales-Brotons et al. 2024,
arXiv:2411.18704). So a training can be scored, stopped or gone on with after any epoch.
"""

import math
from typing import Any


class WeightAverage:
    """An exponential average over the last epochs, kept in a second net of the same form.

    Args:
        model: The net that learns.
        average: A net of the same form; its weights become the average, statistics of batch normalisation too.
        epochs: How far it looks back.
    """

    def __init__(self, model: Any, average: Any, epochs: float) -> None:
        self.model = average
        self.pairs = list(zip(average.weights, model.weights, strict=True))
        self._epochs = epochs
        for kept, weight in self.pairs:
            kept.assign(weight)

    def move(self, step: int, steps: int) -> float:
        """Give the share of the way that the average goes towards the weights after ``step`` (from 0).

        It begins with the plain mean of the first steps: the random weights of the start are soon forgotten.

        Args:
            step: Steps done before in the whole training.
            steps: Steps of an epoch.
        """
        return max(1 - math.exp(-1 / (self._epochs * steps)), 9 / (10 + step))

    def follow(self, share: Any) -> None:
        """Move the average that share of the way; part of the compiled step."""
        for kept, weight in self.pairs:
            kept.assign_add((weight - kept) * share)
