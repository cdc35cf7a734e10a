"""The length of a training: how many epochs are planned, and an early estimate of the time that one takes."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Steps left out of the first estimate of an epoch's time: they trace and warm up.
WARM_UP_STEPS = 4
ESTIMATE_STEPS = 12


@dataclass
class TrainingPlan:
    """The number of epochs of a training; its rate schedule ends with the last planned one.

    Where time is short, only the first part of the last epoch is run.
    """

    asked: int  #: Epochs that the settings ask for.
    #: Fewest epochs that a new net may be cut to before it starts; None if it must not be cut.
    minimum: int | None = None
    #: Epochs to run: ``asked``, or fewer if time is short or the training loss stalls.
    planned: int = field(init=False)
    last_share: float = field(init=False, default=1.0)  #: Share of the last planned epoch that is run.

    def __post_init__(self) -> None:
        self.planned = self.asked

    @property
    def length(self) -> float:
        """Epochs to run, of the last one its share."""
        return self.planned - 1 + self.last_share

    def cut(self, epochs: float) -> None:
        """Plan no more than ``epochs`` epochs, more than 0."""
        if epochs < self.length:
            self.planned = max(1, math.ceil(epochs))
            self.last_share = epochs - (self.planned - 1)


class EpochTimer:
    """Estimates an epoch's seconds from a few steps, once; not those of an epoch of one step, which compiles."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._warm_up = max(1, min(WARM_UP_STEPS, steps - 1))
        self._needed = min(ESTIMATE_STEPS, steps - self._warm_up)
        self._count = 0
        self._started = time.monotonic()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave out the time that this block takes."""
        began = time.monotonic()
        yield
        self._started += time.monotonic() - began

    def step_ended(self) -> float | None:
        """Count a step; return the estimate once enough steps were timed, else None."""
        self._count += 1
        if self._count == self._warm_up:
            self._started = time.monotonic()
        if not self._needed or self._count != self._warm_up + self._needed:
            return None
        validation = 1.07  # predicting the validation rows costs a little more
        return (time.monotonic() - self._started) / self._needed * self._steps * validation
