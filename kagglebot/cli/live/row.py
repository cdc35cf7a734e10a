"""One trial on the screen while a search runs."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kagglebot.callbacks.events import EpochEnded, Stepped
from kagglebot.metrics.metric import Metric
from kagglebot.report import formatting

if TYPE_CHECKING:
    from kagglebot.analysis.results import TrialResult

_BAR = 8


@dataclass
class Row:
    """A trial as far as it is known; ``share`` of all its epochs is done."""

    number: int
    state: str
    worker: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    epoch: int = 0
    share: float = 0.0
    score: float | None = None
    best: float | None = None
    seconds: float = 0.0
    started: float | None = None
    reason: str = ""

    def advance(self, event: Stepped | EpochEnded, metric: Metric) -> None:
        """Take in how far the trial is."""
        self.epochs, self.epoch = event.epochs, event.epoch
        if isinstance(event, Stepped):
            self.share = (event.epoch - 1 + event.fraction) / max(1, event.epochs)
            return
        self.share = event.epoch / max(1, event.epochs)
        self.score = event.score
        if self.best is None or metric.better(event.score, self.best):
            self.best = event.score

    def cells(self, *, best: bool) -> tuple[Any, ...]:
        """Draw its number, state, epochs, last score, time, best score, and settings or why it ended."""
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
            f"{formatting.bar(self.share, _BAR)} {self.epoch}/{self.epochs}" if self.epochs else str(self.epoch),
            formatting.score(self.score),
            self._time(),
            formatting.score(self.best),
            one_line(self.reason if self.state in ("failed", "interrupted") else formatting.settings(self.params)),
        )

    def _time(self) -> str:
        """The time it took; while it runs, what is left to its last epoch."""
        if self.state != "running":
            return formatting.clock(self.seconds)
        if self.started is None or not self.share:
            return "-"
        gone = time.monotonic() - self.started
        return f"{formatting.clock(gone / self.share * (1 - self.share))} left"


def rows_before(trials: Iterable["TrialResult"]) -> list[Row]:
    """Give the rows of complete trials of an earlier search."""
    return [
        Row(
            trial.number,
            "complete",
            params=trial.params,
            epochs=trial.planned or trial.epochs_run,
            epoch=trial.epochs_run,
            share=trial.epochs_run / max(1, trial.planned or trial.epochs_run),
            score=trial.value,
            best=trial.value,
            seconds=trial.seconds,
        )
        for trial in trials
    ]
