"""Events of a search: what happens, in the order in which it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import Measured


@dataclass(frozen=True)
class SearchStarted:
    """A search started.

    Attributes:
        metric: The metric that trials are scored by.
        trials: Trials to run; None where only the time ends the search.
        timeout_seconds: Seconds until the search ends; None for no limit.
        study: Name of the study.
        competition: Name of the competition.
        folder: The study's folder.
    """

    metric: Metric
    trials: int | None = None
    timeout_seconds: float | None = None
    study: str = ""
    competition: str = ""
    folder: Path = Path()


@dataclass(frozen=True)
class TrialStarted:
    """A worker started to train a trial.

    Attributes:
        number: Number of the trial in its study, from 0.
        worker: Number of the worker, from 0.
        params: The values drawn for the trial, by name.
        epochs: Epochs planned, over all folds.
    """

    number: int
    worker: int
    params: Mapping[str, Any]
    epochs: int


@dataclass(frozen=True)
class Stepped:
    """A trial trained on some more batches, computed some more features or was validated within an epoch.

    It is sent at most twice a second, and with each score.

    Attributes:
        number: Number of the trial.
        worker: Number of the worker.
        epoch: The epoch under way, from 1; 0 while features are computed, before the first one.
        fraction: Share of it that is done, from 0 to 1.
        epochs: Epochs planned, over all folds.
        score: Score on some of the validation rows, where a long epoch is validated on the way; else None.
    """

    number: int
    worker: int
    epoch: int
    fraction: float
    epochs: int
    score: float | None = None


@dataclass(frozen=True)
class EpochEnded:
    """A trial ended an epoch and was validated.

    Attributes:
        number: Number of the trial.
        worker: Number of the worker.
        epoch: The epoch, from 1, counted over all folds.
        epochs: Epochs planned, over all folds.
        score: Validation score after this epoch.
        seconds: Seconds that the epoch took.
        best_epoch: Epoch with the best score so far.
    """

    number: int
    worker: int
    epoch: int
    epochs: int
    score: float
    seconds: float
    best_epoch: int


@dataclass(frozen=True)
class TrialEnded:
    """A trial ended.

    Attributes:
        number: Number of the trial.
        worker: Number of the worker.
        state: "complete", "pruned", "failed" or "interrupted".
        value: The trial's validation score; None where it has none.
        reason: Why it was pruned, failed or was interrupted; empty for a complete trial.
        seconds: Seconds that the trial took.
        kind: What made it fail, as in ``training.learner.FailureKind``; empty for any other reason.
        counts: Whether it counts as one of the trials asked for; one with the settings of another does not.
        measured: What a complete trial is ranked by.
    """

    number: int
    worker: int
    state: str
    value: float | None
    reason: str
    seconds: float
    kind: str = ""
    counts: bool = True
    measured: Measured | None = None


@dataclass(frozen=True)
class Note:
    """A message for the user.

    Attributes:
        text: One or two sentences.
        callback: Name of the callback that raised an error, where the message is about that.
    """

    text: str
    callback: str = ""


@dataclass(frozen=True)
class SearchEnded:
    """A search ended.

    Attributes:
        counts: Number of trials that this search ended, by state.
        best_trial: Number of the study's best trial, earlier searches included; None where no trial is complete.
        best_value: The validation score of that trial.
        seconds: Seconds that the search took.
        stopped: Whether the user or an error ended it early.
    """

    counts: Mapping[str, int]
    best_trial: int | None
    best_value: float | None
    seconds: float
    stopped: bool


Event = SearchStarted | TrialStarted | Stepped | EpochEnded | TrialEnded | Note | SearchEnded
#: A function that an event is sent to.
Emit = Callable[[Event], None]
