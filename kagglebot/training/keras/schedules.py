"""Learning-rate schedules: the fraction of the highest rate at a position in the training."""

import math

WARM_UP = 0.25


def one_cycle(position: float) -> float:
    """Return a share that rises for a quarter of the steps and then falls to 0 (Smith 2018, arXiv:1708.07120)."""
    if position < WARM_UP:
        return 0.04 + 0.96 * position / WARM_UP
    return cosine((position - WARM_UP) / (1 - WARM_UP))


def cosine(position: float) -> float:
    """Return a share that falls along half a cosine from 1 to 0 (Loshchilov & Hutter 2017, arXiv:1608.03983)."""
    return 0.5 * (1 + math.cos(math.pi * min(position, 1.0)))


class Plateau:
    """Halves the rate when the validation score has not improved for ``patience`` epochs."""

    def __init__(self, patience: int = 3, floor: float = 1e-3) -> None:
        self.share = 1.0
        self._patience, self._floor = patience, floor
        self._since = 0

    def epoch_ended(self, *, improved: bool) -> None:
        """Record whether an epoch has the best validation score so far."""
        self._since = 0 if improved else self._since + 1
        if self._since >= self._patience:
            self.share, self._since = max(self._floor, self.share / 2), 0


class Schedule:
    """The learning rate over a training, which may be cut while it runs.

    Args:
        name: "onecycle", "cosine", "constant" or "plateau".
        peak: The highest rate.
        warmup_steps: Steps in which the rate rises to that of the schedule, at most an epoch. A number and not a
            share of the steps, so that a short training starts like a long one.
    """

    def __init__(self, name: str, peak: float, warmup_steps: int = 0) -> None:
        self._name, self._peak, self._warmup_steps = name, peak, warmup_steps
        self._plateau = Plateau()

    def rate(self, schedule_position: float, step: int, steps: int) -> float:
        """Return the learning rate of a step.

        Args:
            schedule_position: Share of the planned steps that are done, from 0 to 1.
            step: Steps already done.
            steps: Steps of an epoch.
        """
        warmup_steps = min(self._warmup_steps, steps)
        warmup = (step + 1) / warmup_steps if step < warmup_steps else 1.0
        return self._peak * warmup * self._share(schedule_position)

    def _share(self, schedule_position: float) -> float:
        if self._name == "onecycle":
            return one_cycle(schedule_position)
        if self._name == "cosine":
            return cosine(schedule_position)
        return self._plateau.share

    def epoch_ended(self, *, improved: bool) -> None:
        """Record whether an epoch has the best validation score so far; only "plateau" uses it."""
        if self._name == "plateau":
            self._plateau.epoch_ended(improved=improved)

    @property
    def share(self) -> float:
        """The share of the peak rate that "plateau" has left; 1 for the other schedules."""
        return self._plateau.share
