"""What is known about a search while it runs, and how that is drawn."""

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kagglebot.callbacks.events import EpochEnded, Event, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.cli.live.row import Row, rows_before
from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from kagglebot.analysis.results import StudySummary

_ENDED_SHOWN = 8
_BEST_SHOWN = 3
_GAUGE = 30
#: Below so many lines what is done and left is told in one, below so many columns less of a trial is shown.
_LOW, _NARROW = 14, 76


@dataclass(frozen=True)
class SearchLimits:
    """What the search may use: trials, time, or both; None is without limit."""

    trials: int | None = None
    timeout_seconds: float | None = None


class Board:
    """Takes in events and draws the trials: those running, the latest to end, and the best.

    Args:
        budget: What there is to use up, until the search itself says.
        earlier: The study as it was before; its best trial is the one to beat.
    """

    def __init__(self, budget: SearchLimits, earlier: "StudySummary | None" = None) -> None:
        self._budget = budget
        self._earlier = len(earlier.trials) if earlier else 0
        self._metric = earlier.measure if earlier else get_metric("accuracy")  # until the search says what
        self._started = time.monotonic()
        self._lock = threading.RLock()  # a signal handler may tell something while an event is taken in
        self._running: dict[int, Row] = {}
        self._ended: list[Row] = [] if earlier is None else rows_before(earlier.top(_BEST_SHOWN))
        self._before = len(self._ended)
        self._history: list[float] = []  # the best score after each complete trial
        if earlier is not None:
            for trial in sorted(earlier.top(self._earlier), key=lambda trial: trial.number):
                self._remember(trial.value or 0.0)

    def take(self, event: Event) -> Row | None:
        """Take an event in and return the trial it is about."""
        with self._lock:
            if isinstance(event, SearchStarted):
                self._metric = event.metric
                if event.trials or event.timeout_seconds:
                    self._budget = SearchLimits(event.trials, event.timeout_seconds)
                return None
            if isinstance(event, TrialStarted):
                row = Row(event.number, "running", event.worker, event.params, event.epochs)
                row.started = time.monotonic()
                self._running[event.number] = row
                return row
            if isinstance(event, Stepped | EpochEnded):
                row = self._running.setdefault(event.number, Row(event.number, "running", event.worker))
                row.advance(event, self._metric)
                return row
            if isinstance(event, TrialEnded):
                row = self._running.pop(event.number, Row(event.number, event.state))
                row.state, row.reason, row.seconds = event.state, event.reason, event.seconds
                row.score = row.score if event.value is None else event.value
                self._ended.append(row)
                if row.state == "complete" and row.score is not None:
                    self._remember(row.score)
                return row
            return None

    def _remember(self, score: float) -> None:
        best = self._history[-1] if self._history else score
        self._history.append(score if self._metric.better(score, best) else best)

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

    def draw(self, *, height: int, width: int) -> "RenderableType":
        """Draw the trials, and how much is done and left, within ``height`` lines and ``width`` columns."""
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            if height < _LOW:
                footer = Text(self.footer(), style="bold", no_wrap=True, overflow="ellipsis")
                return Group(self._table(max(1, height - 6), width), footer)
            return Group(self._table(height - 9, width), Text(), self._gauges(width))

    def _table(self, lines: int, width: int) -> "Table":
        from kagglebot.report.widgets import table

        narrow = width < _NARROW
        drawn = table()
        drawn.expand = not narrow
        drawn.add_column("Trial", justify="right", no_wrap=True)
        drawn.add_column("State", no_wrap=True, min_width=10)
        drawn.add_column("Epochs", no_wrap=True)
        drawn.add_column(formatting.title(self._metric.text), no_wrap=True)
        drawn.add_column("Time", justify="right", no_wrap=True, min_width=9)
        if not narrow:
            drawn.add_column("Best", no_wrap=True)
            drawn.add_column("Settings", ratio=1)
        running = [self._running[number] for number in sorted(self._running)][:lines]
        ranked = self._ranked()[:_BEST_SHOWN][: lines - len(running)]
        shown = {row.number for row in ranked}
        latest = [row for row in reversed(self._ended[self._before :]) if row.number not in shown]
        latest = latest[: min(_ENDED_SHOWN, lines - len(running) - len(ranked))]
        best = self.best
        groups = [group for group in (running, latest, ranked) if group]
        for group in groups:
            for row in group:
                cells = row.cells(best=best is not None and row.number == best.number)[: len(drawn.columns)]
                # a line between the groups
                drawn.add_row(*cells, end_section=row is group[-1] and group is not groups[-1])
        return drawn

    def _gauges(self, width: int) -> "Table":
        """Draw how the best came about, and how much of the trials and of the time is used up."""
        from rich.table import Table

        drawn = Table.grid(padding=(0, 2))
        drawn.add_column(style="bold", no_wrap=True)
        drawn.add_column(no_wrap=True)
        drawn.add_column(no_wrap=True, overflow="ellipsis")
        best, bar = self.best, min(_GAUGE, width // 3)
        found = "none complete yet"
        if best:
            found = f"{formatting.measure(self._metric)} {formatting.score(best.score)}, trial {best.number}"
        sign = -1.0 if self._metric.minimise else 1.0  # up is better
        drawn.add_row("Best", formatting.sparkline([sign * score for score in self._history], bar), found)
        trials, limit = self._budget.trials, self._budget.timeout_seconds
        drawn.add_row("Trials", formatting.bar(self.done / trials, bar) if trials else "", self._counted())
        drawn.add_row("Time", formatting.bar(self._elapsed / limit, bar) if limit else "", self._clocked())
        return drawn

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _counted(self) -> str:
        counted = f"{self.done} of {self._budget.trials} trials" if self._budget.trials else f"{self.done} trials"
        return f"{counted} (after {self._earlier} before)" if self._earlier else counted

    def _clocked(self) -> str:
        spent = f"{formatting.clock(self._elapsed)} gone"
        if self._budget.timeout_seconds is not None:
            return f"{spent}, {formatting.clock(self._budget.timeout_seconds - self._elapsed)} left"
        if self._budget.trials and self.done:
            left = self._elapsed / self.done * max(0, self._budget.trials - self.done)
            return f"{spent}, about {formatting.clock(left)} left"
        return spent

    def footer(self) -> str:
        """Say in one line how much is done, how much is left, and the best so far."""
        best = self.best
        found = "none complete yet"
        if best:
            found = f"best {self._metric.text} {formatting.score(best.score)} (trial {best.number})"
        return f"{self._counted()} · {found} · {self._clocked()}"
