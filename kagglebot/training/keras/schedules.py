"""Learning-rate schedules: the fraction of the highest rate at a position in the training."""

import math

WARM_UP = 0.25
#: "plateau" halves the rate after so many epochs without a better score, down to this share of the peak.
PLATEAU_PATIENCE, PLATEAU_FLOOR = 3, 1e-3


def one_cycle(position: float) -> float:
    """Return a share that rises for a quarter of the steps and then falls to 0 (Smith 2018, arXiv:1708.07120)."""
    if position < WARM_UP:
        return 0.04 + 0.96 * position / WARM_UP
    return cosine((position - WARM_UP) / (1 - WARM_UP))


def cosine(position: float) -> float:
    """Return a share that falls along half a cosine from 1 to 0 (Loshchilov & Hutter 2017, arXiv:1608.03983)."""
    return 0.5 * (1 + math.cos(math.pi * min(position, 1.0)))


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
        self._plateau_share, self._since = 1.0, 0

    def rate(self, schedule_position: float, step: int, steps: int) -> float:
        """Return the learning rate after ``step`` steps, where an epoch has ``steps``."""
        warmup_steps = min(self._warmup_steps, steps)
        warmup = (step + 1) / warmup_steps if step < warmup_steps else 1.0
        shapes = {"onecycle": one_cycle, "cosine": cosine}
        share = shapes[self._name](schedule_position) if self._name in shapes else self._plateau_share
        return self._peak * warmup * share

    def epoch_ended(self, *, improved: bool) -> None:
        """Record whether an epoch has the best validation score so far; only "plateau" uses it."""
        self._since = 0 if improved else self._since + 1
        if self._name == "plateau" and self._since >= PLATEAU_PATIENCE:
            self._plateau_share, self._since = max(PLATEAU_FLOOR, self._plateau_share / 2), 0
