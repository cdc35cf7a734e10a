"""An estimate of the memory that training takes, before it starts: of the process, the weights and one step.

The factors were measured by benchmarks/memory.py, which compares them with what trainings take.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kagglebot.models.base import Family, ImageShape
from kagglebot.training.learner import FailureKind, TrainingError
from kagglebot.training.registry import ENGINES, split_settings

_FLOAT = 4  #: Bytes of a number.
#: Copies of the weights: with their gradients, an optimizer's averages, and a moving average.
_COPIES = 8
#: Copies of what the layers write: batch normalisation and activation write it again, and each has a gradient.
_TRAINED = 3.3
#: What a batch of a frozen backbone takes, whose images are fewer the larger they are.
_FEATURES = 500_000_000
_HINT = "Lower batch_size, resolution or filters, use fewer --jobs, or close other programs."


@dataclass(frozen=True)
class TrainingMemory:
    """The memory that a training takes.

    Attributes:
        size: In bytes.
        batch: Images in a step.
        shape: (height, width, channels) of the images as the net sees them.
    """

    size: int
    batch: int
    shape: ImageShape

    def check(self, free: float, whose: str = "") -> None:
        """Check that it fits into so many bytes; ``whose`` says for whom they are.

        Raises:
            TrainingError: It does not.
        """
        if self.size > free:
            height, width, _ = self.shape
            raise TrainingError(
                f"Training on {self.batch} images of {height} x {width} pixels at a time takes about "
                f"{self.size / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free{whose}.",
                _HINT,
                FailureKind.OUT_OF_MEMORY,
            )


def training_memory(
    family: Family, settings: Mapping[str, Any], shape: ImageShape, classes: int, rows: int
) -> TrainingMemory:
    """Estimate the memory of a process that trains on ``rows`` images of that shape.

    Raises:
        ParameterError: The family does not take these settings.
    """
    parameters, training = split_settings(family, settings)
    batch = training.images_in_step(rows)
    seen = family.seen_shape(parameters, shape)
    size = ENGINES[family.engine].memory + family.is_frozen * _FEATURES
    if family.work is not None:
        work = family.work(parameters, shape, classes)
        written = work.activations + (0 if family.is_frozen else math.prod(seen))
        size += int(_FLOAT * (_COPIES * work.weights + _TRAINED * batch * written))
    return TrainingMemory(size, batch, seen)
