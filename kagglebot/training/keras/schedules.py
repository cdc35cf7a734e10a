"""Learning-rate schedules: the share of the highest rate at a point of the training."""

import math

WARM_UP = 0.25
#: Steps in which "steady" rises to its rate, an epoch at most: not a share of the training, so that the first
#: epochs of a short training are those of a long one.
STEADY_RISE_STEPS = 200


def one_cycle(progress: float) -> float:
    """Rise for a quarter of the steps, then fall along a cosine to nothing (Smith 2018, arXiv:1708.07120)."""
    if progress < WARM_UP:
        return 0.04 + 0.96 * progress / WARM_UP
    return cosine((progress - WARM_UP) / (1 - WARM_UP))


def cosine(progress: float) -> float:
    """Fall along half a cosine from 1 to 0 (Loshchilov & Hutter 2017, arXiv:1608.03983)."""
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


class Plateau:
    """Halve the rate when the validation score has not improved for ``patience`` epochs."""

    def __init__(self, patience: int = 3, floor: float = 1e-3) -> None:
        self.share = 1.0
        self._patience, self._floor = patience, floor
        self._since = 0

    def epoch_ended(self, *, improved: bool) -> None:
        """Take into account whether an epoch has the best validation score so far."""
        self._since = 0 if improved else self._since + 1
        if self._since >= self._patience:
            self.share, self._since = max(self._floor, self.share / 2), 0


class Schedule:
    """The learning rate over a training whose length may still be shortened.

    Args:
        name: "onecycle", "cosine", "steady", "constant" or "plateau".
        peak: The highest rate.
    """

    def __init__(self, name: str, peak: float) -> None:
        self._name, self._peak = name, peak
        self._plateau = Plateau()

    def rate(self, progress: float, step: int, steps: int) -> float:
        """Give the rate of a step.

        Args:
            progress: The share of all steps already done, from 0 to 1.
            step: Steps already done.
            steps: Steps of an epoch.
        """
        if self._name == "onecycle":
            return self._peak * one_cycle(progress)
        if self._name == "cosine":
            return self._peak * cosine(progress)
        if self._name == "steady":
            return self._peak * min(1.0, (step + 1) / min(STEADY_RISE_STEPS, steps))
        return self._peak * self._plateau.share

    def epoch_ended(self, *, improved: bool) -> None:
        """Tell whether an epoch has the best validation score so far; only "plateau" listens."""
        if self._name == "plateau":
            self._plateau.epoch_ended(improved=improved)

    @property
    def share(self) -> float:
        """What "plateau" has left of the peak rate; 1 for the others."""
        return self._plateau.share
