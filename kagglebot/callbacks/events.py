"""What a search tells while it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kagglebot.metrics.metric import Metric


@dataclass(frozen=True)
class SearchStarted:
    """The search begins; its scores are of ``metric``, and it ends after so many trials or so much time."""

    metric: Metric
    trials: int | None = None
    timeout_seconds: float | None = None


@dataclass(frozen=True)
class TrialStarted:
    """A worker took a trial up."""

    number: int
    worker: int
    params: Mapping[str, Any]
    epochs: int


@dataclass(frozen=True)
class Stepped:
    """Part of an epoch is done: ``fraction`` of it, from 0 to 1."""

    number: int
    worker: int
    epoch: int
    fraction: float
    epochs: int


@dataclass(frozen=True)
class EpochEnded:
    """An epoch was validated."""

    number: int
    worker: int
    epoch: int
    epochs: int
    score: float
    seconds: float
    best_epoch: int


@dataclass(frozen=True)
class TrialEnded:
    """A trial is over; ``state`` is one of ``results.STATES``."""

    number: int
    worker: int
    state: str
    value: float | None
    reason: str
    seconds: float


@dataclass(frozen=True)
class Note:
    """Something the user should know."""

    text: str


Event = SearchStarted | TrialStarted | Stepped | EpochEnded | TrialEnded | Note
Listener = Callable[[Event], None]
