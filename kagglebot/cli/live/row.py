"""One trial as a row of the live table."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kagglebot.callbacks.events import EpochEnded, Stepped
from kagglebot.metrics.metric import Metric
from kagglebot.metrics.ranking import Measured
from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.analysis.trial_result import TrialResult

_BAR = 8


@dataclass
class TrialRow:
    """A trial; ``share``, from 0 to 1, of its epochs is done; ``counts`` as one of those asked for.

    ``features`` is the share of the features that is computed before the first epoch; None after that.
    """

    number: int
    state: str
    worker: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    epoch: int = 0
    share: float = 0.0
    features: float | None = None
    score: float | None = None
    best: float | None = None
    seconds: float = 0.0
    started: float | None = None
    reason: str = ""
    counts: bool = True
    measured: Measured | None = None

    def step(self, event: Stepped) -> None:
        """Update the share that is done from within an epoch, and the last score if there is one."""
        self.epochs, self.epoch = event.epochs, event.epoch
        self.features = None if event.epoch else event.fraction
        if event.epoch:
            self.share = (event.epoch - 1 + event.fraction) / max(1, event.epochs)
        if event.score is not None:
            self.score = event.score

    def end_epoch(self, event: EpochEnded, metric: Metric) -> None:
        """Update the share that is done and the scores at the end of an epoch."""
        self.epochs, self.epoch, self.score = event.epochs, event.epoch, event.score
        self.share = event.epoch / max(1, event.epochs)
        if self.best is None or metric.better(event.score, self.best):
            self.best = event.score

    def cells(self, *, best: bool) -> tuple[Any, ...]:
        """Return the number, state, epochs, last score, time, best score, and settings or reason of the end."""
        from rich.text import Text

        from kagglebot.report.widgets import one_line

        label, style = formatting.state(self.state)
        if self.state == "running":
            label = f"▸ worker {self.worker}"
        elif best:
            label, style = "★ best", "bold green"
        return (
            str(self.number),
            Text(label, style=style),
            self._progress(),
            formatting.score(self.score),
            self._time(),
            formatting.score(self.best),
            one_line(self.reason if self.state in ("failed", "interrupted") else formatting.settings(self.params)),
        )

    def _progress(self) -> str:
        if self.features is not None:
            return f"{formatting.bar(self.features, _BAR)} features"
        return f"{formatting.bar(self.share, _BAR)} {self.epoch}/{self.epochs}" if self.epochs else str(self.epoch)

    def _time(self) -> str:
        """Return the time that the trial took; while it runs, the time left."""
        if self.state != "running":
            return formatting.clock(self.seconds)
        if self.started is None or not self.share:
            return "-"
        spent = time.monotonic() - self.started
        return f"{formatting.clock(spent / self.share * (1 - self.share))} left"


def rows_before(trials: Iterable["TrialResult"]) -> list[TrialRow]:
    """Return the rows of an earlier search's complete trials."""
    return [
        TrialRow(
            trial.number,
            "complete",
            params=trial.params,
            epochs=trial.planned or trial.epochs_run,
            epoch=trial.epochs_run,
            share=trial.epochs_run / max(1, trial.planned or trial.epochs_run),
            score=trial.value,
            best=trial.value,
            seconds=trial.seconds,
            measured=trial.measured,
        )
        for trial in trials
    ]
