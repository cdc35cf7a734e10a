"""The order of the rows in an epoch, from which a training that was stopped within the epoch goes on."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kagglebot.training.learner import Rows


class EpochOrder:
    """How far the epoch under way is, and the state of the random generator at its start.

    Attributes:
        done: What is done of the epoch in the learner's own unit, steps or rows; 0 between two epochs.
    """

    def __init__(self) -> None:
        self.done, self._start = 0, ""

    def permute(self, rng: np.random.Generator, rows: Rows) -> Rows:
        """Return the rows in the order of the epoch that begins, or that goes on where it was."""
        if not self.done:
            self._start = json.dumps(rng.bit_generator.state)
            return rng.permutation(rows)
        generator = np.random.default_rng()
        generator.bit_generator.state = json.loads(self._start)
        return generator.permutation(rows)

    def take_up(self) -> int:
        """Return what is done of the epoch, which goes on from there."""
        first, self.done = self.done, 0
        return first

    @contextmanager
    def within(self, done: int) -> Iterator[None]:
        """Let ``state`` tell, in this block, that so much of the epoch is done."""
        self.done = done
        try:
            yield
        finally:
            self.done = 0

    def state(self) -> dict[str, NDArray[Any]]:
        """Return what a learner's state needs of it; nothing between two epochs."""
        return {"done": np.array(self.done), "order": np.array(self._start)} if self.done else {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on as a learner's state says."""
        self.done, self._start = int(state.get("done", 0)), str(state.get("order", ""))
