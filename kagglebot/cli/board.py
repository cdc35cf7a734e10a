"""What is known about a search while it runs, and how that is drawn."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kagglebot.datasets.metrics import METRICS, Metric
from kagglebot.report import words
from kagglebot.search.events import EpochEnded, Event, SearchStarted, Stepped, TrialEnded, TrialStarted

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from kagglebot.search.results import StudySummary

_ENDED_SHOWN = 8
_BEST_SHOWN = 3
_BAR = 8


@dataclass
class Row:
    """One trial on the screen."""

    number: int
    state: str
    params: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    epoch: int = 0
    share: float = 0.0  # of all its epochs
    score: float | None = None
    best: float | None = None
    seconds: float = 0.0
    started: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Budget:
    """What the search may use: trials, time, or both; None is without limit."""

    trials: int | None = None
    timeout_seconds: float | None = None


class Board:
    """Takes in events and draws the trials: those running, the latest to end, and the best.

    Args:
        budget: What there is to use up.
        earlier: The study as it was before; its best trial is the one to beat.
    """

    def __init__(self, budget: Budget, earlier: "StudySummary | None" = None) -> None:
        self._budget = budget
        self._earlier = len(earlier.trials) if earlier else 0
        self._metric = earlier.measure if earlier else METRICS["accuracy"]  # until the search says what
        self._started = time.monotonic()
        self._lock = threading.RLock()  # a signal handler may tell something while an event is taken in
        self._running: dict[int, Row] = {}
        self._ended: list[Row] = [] if earlier is None else _best_before(earlier)
        self._before = len(self._ended)

    def take(self, event: Event) -> Row | None:
        """Take an event in and return the trial it is about."""
        with self._lock:
            if isinstance(event, SearchStarted):
                self._metric = event.metric
                return None
            if isinstance(event, TrialStarted):
                row = Row(event.number, "running", event.params, event.epochs, started=time.monotonic())
                self._running[event.number] = row
                return row
            if isinstance(event, Stepped | EpochEnded):
                row = self._running.setdefault(event.number, Row(event.number, "running"))
                _advance(row, event, self._metric)
                return row
            if isinstance(event, TrialEnded):
                row = self._running.pop(event.number, Row(event.number, event.state))
                row.state, row.reason, row.seconds = event.state, event.reason, event.seconds
                row.score = row.score if event.value is None else event.value
                self._ended.append(row)
                return row
            return None

    @property
    def done(self) -> int:
        """Trials this search has ended, those cut off not counted."""
        return sum(row.state != "interrupted" for row in self._ended[self._before :])

    @property
    def best(self) -> Row | None:
        """The best complete trial so far, earlier searches included."""
        return next(iter(self._ranked()), None)

    def _ranked(self) -> list[Row]:
        complete = [row for row in self._ended if row.state == "complete" and row.score is not None]
        return sorted(complete, key=lambda row: (self._metric.gain(0, row.score or 0.0), row.number))

    def draw(self, *, height: int) -> "RenderableType":
        """Draw the table and its footer within ``height`` lines."""
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            return Group(self._table(max(3, height - 5)), Text(self.footer(), style="bold"))

    def _table(self, lines: int) -> "Table":
        from kagglebot.report.blocks import table

        drawn = table()
        drawn.expand = True
        drawn.add_column("Trial", justify="right", no_wrap=True)
        drawn.add_column("State", no_wrap=True, min_width=10)
        drawn.add_column("Epochs", no_wrap=True)
        drawn.add_column(words.title(self._metric.text), no_wrap=True)
        drawn.add_column("Best", no_wrap=True)
        drawn.add_column("Time", justify="right", no_wrap=True)
        drawn.add_column("Settings", ratio=1)
        running = [self._running[number] for number in sorted(self._running)][:lines]
        ranked = self._ranked()[:_BEST_SHOWN][: lines - len(running)]
        shown = {row.number for row in ranked}
        latest = [row for row in reversed(self._ended[self._before :]) if row.number not in shown]
        latest = latest[: min(_ENDED_SHOWN, lines - len(running) - len(ranked))]
        groups = [group for group in (running, latest, ranked) if group]
        for group in groups:
            for row in group:
                # a line between the groups
                drawn.add_row(*self._cells(row), end_section=row is group[-1] and group is not groups[-1])
        return drawn

    def _cells(self, row: Row) -> tuple[Any, ...]:
        from rich.text import Text

        from kagglebot.report.blocks import one_line

        label, style = words.state(row.state)
        if self.best is not None and row.number == self.best.number:
            label, style = "★ best", "bold green"
        epochs = f"{words.bar(row.share, _BAR)} {row.epoch}/{row.epochs}" if row.epochs else str(row.epoch)
        seconds = row.seconds
        if row.state == "running" and row.started is not None:
            seconds = time.monotonic() - row.started
        about = row.reason if row.state in ("failed", "interrupted") else words.settings(row.params)
        return (
            str(row.number),
            Text(label, style=style),
            epochs,
            words.score(row.score),
            words.score(row.best),
            words.clock(seconds),
            one_line(about),
        )

    def footer(self) -> str:
        """Say how much is done, how much is left, and the best so far."""
        trials = f"{self.done} of {self._budget.trials} trials" if self._budget.trials else f"{self.done} trials"
        if self._earlier:
            trials += f" (after {self._earlier} before)"
        elapsed = time.monotonic() - self._started
        spent = f"{words.clock(elapsed)} gone"
        if self._budget.timeout_seconds is not None:
            spent += f", {words.clock(self._budget.timeout_seconds - elapsed)} left"
        best = self.best
        found = "none complete yet"
        if best:
            found = f"best {self._metric.text} {words.score(best.score)} (trial {best.number})"
        return f"{trials} · {found} · {spent}"


def _advance(row: Row, event: Stepped | EpochEnded, metric: Metric) -> None:
    row.epochs, row.epoch = event.epochs, event.epoch
    if isinstance(event, Stepped):
        row.share = (event.epoch - 1 + event.fraction) / max(1, event.epochs)
        return
    row.share = event.epoch / max(1, event.epochs)
    row.score = event.score
    if row.best is None or metric.better(event.score, row.best):
        row.best = event.score


def _best_before(earlier: "StudySummary") -> list[Row]:
    return [
        Row(
            trial.number,
            "complete",
            trial.params,
            trial.planned or trial.epochs_run,
            trial.epochs_run,
            trial.epochs_run / max(1, trial.planned or trial.epochs_run),
            trial.value,
            trial.value,
            trial.seconds,
        )
        for trial in earlier.top(_BEST_SHOWN)
    ]
