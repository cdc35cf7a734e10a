"""The table of a search while it runs."""

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.cli.live.row import TrialRow, rows_before
from kagglebot.metrics.ranking import Measured, rank
from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from kagglebot.analysis.study_summary import StudySummary

_ENDED_SHOWN = 8
_BEST_SHOWN = 3
_GAUGE = 30
#: A terminal of fewer lines shows the gauges as one line; one of fewer columns shows fewer columns of the table.
_LOW, _NARROW = 14, 76


@dataclass(frozen=True)
class SearchLimits:
    """Trials and seconds that a search may use; None for no limit."""

    trials: int | None = None
    timeout_seconds: float | None = None


class TrialTable(Callback):
    """Follows a search, and draws the trials that run, the last that ended and the best.

    Args:
        limits: What the search may use, until its start event has the exact limits.
        earlier: The study as it was before; its best trial is the one to beat.

    Attributes:
        ended: The trials that ended in this search, behind the best of earlier ones.
    """

    def __init__(self, limits: SearchLimits, earlier: "StudySummary | None" = None) -> None:
        self._limits = limits
        self._earlier = len(earlier.trials) if earlier else 0
        self._metric = earlier.measure if earlier else get_metric("accuracy")  # until the search starts
        self._started = time.monotonic()
        self._lock = threading.RLock()  # the screen is drawn in another thread
        self._running: dict[int, TrialRow] = {}
        self.ended: list[TrialRow] = [] if earlier is None else rows_before(earlier.top(_BEST_SHOWN))
        self._before = len(self.ended)
        self._history: list[float] = []  # the best score after each complete trial
        if earlier is not None:
            for trial in sorted(earlier.top(self._earlier), key=lambda trial: trial.number):
                self._remember(trial.value or 0.0)

    def on_search_start(self, event: SearchStarted) -> None:
        """Take over the search's metric and limits."""
        with self._lock:
            self._metric = event.metric
            if event.trials or event.timeout_seconds:
                self._limits = SearchLimits(event.trials, event.timeout_seconds)

    def on_trial_start(self, event: TrialStarted) -> None:
        """Add a row."""
        with self._lock:
            self._running[event.number] = TrialRow(
                event.number, "running", event.worker, event.params, event.epochs, started=time.monotonic()
            )

    def on_step(self, event: Stepped) -> None:
        """Move the row's bar."""
        with self._lock:
            self._row(event).step(event)

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Move the row's bar and show the score."""
        with self._lock:
            self._row(event).end_epoch(event, self._metric)

    def on_trial_end(self, event: TrialEnded) -> None:
        """Move the row to the trials that ended."""
        with self._lock:
            row = self._running.pop(event.number, TrialRow(event.number, event.state))
            row.state, row.reason, row.seconds, row.counts = event.state, event.reason, event.seconds, event.counts
            row.score = row.score if event.value is None else event.value
            row.measured = event.measured
            self.ended.append(row)
            if row.state == "complete" and row.score is not None:
                self._remember(row.score)

    def _row(self, event: Stepped | EpochEnded) -> TrialRow:
        return self._running.setdefault(event.number, TrialRow(event.number, "running", event.worker))

    def _remember(self, score: float) -> None:
        best = self._history[-1] if self._history else score
        self._history.append(score if self._metric.better(score, best) else best)

    @property
    def done(self) -> int:
        """Number of the trials asked for that ended in this search, without those that were interrupted."""
        return sum(row.counts and row.state != "interrupted" for row in self.ended[self._before :])

    @property
    def best(self) -> TrialRow | None:
        """The best complete trial so far, earlier searches included."""
        return next(iter(self._ranked()), None)

    def _ranked(self) -> list[TrialRow]:
        complete = [row for row in self.ended if row.state == "complete" and row.score is not None]
        complete.sort(key=lambda row: row.number)
        measured = [row.measured or Measured(row.score or 0.0) for row in complete]
        return [complete[index] for index in rank(self._metric, measured)]

    def draw(self, *, height: int, width: int) -> "RenderableType":
        """Draw the trials and the gauges within ``height`` lines and ``width`` columns."""
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
        latest = [row for row in reversed(self.ended[self._before :]) if row.number not in shown]
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
        """Draw the best score so far, and the shares of the trials and of the time that are used."""
        from rich.table import Table

        drawn = Table.grid(padding=(0, 2))
        drawn.add_column(style="bold", no_wrap=True)
        drawn.add_column(no_wrap=True)
        drawn.add_column(no_wrap=True, overflow="ellipsis")
        found, bar = "none complete yet", min(_GAUGE, width // 3)
        if best := self.best:
            found = f"{formatting.measure(self._metric)} {formatting.score(best.score)}, trial {best.number}"
        sign = -1.0 if self._metric.minimise else 1.0  # up is better
        drawn.add_row("Best", formatting.sparkline([sign * score for score in self._history], bar), found)
        trials, limit = self._limits.trials, self._limits.timeout_seconds
        drawn.add_row("Trials", formatting.bar(self.done / trials, bar) if trials else "", self._counted())
        drawn.add_row("Time", formatting.bar(self._elapsed / limit, bar) if limit else "", self._clocked())
        return drawn

    @property
    def _elapsed(self) -> float:
        return time.monotonic() - self._started

    def _counted(self) -> str:
        counted = formatting.count(self.done, "trial")
        if self._limits.trials:
            counted = f"{self.done} of {formatting.count(self._limits.trials, 'trial')}"
        return f"{counted} (after {self._earlier} before)" if self._earlier else counted

    def _clocked(self) -> str:
        spent = f"{formatting.clock(self._elapsed)} gone"
        if self._limits.timeout_seconds is not None:
            return f"{spent}, {formatting.clock(self._limits.timeout_seconds - self._elapsed)} left"
        if self._limits.trials and self.done:
            left = self._elapsed / self.done * max(0, self._limits.trials - self.done)
            return f"{spent}, about {formatting.clock(left)} left"
        return spent

    def footer(self) -> str:
        """Return one line: trials done, best score so far, time spent and left."""
        found = "none complete yet"
        if best := self.best:
            found = f"best {self._metric.text} {formatting.score(best.score)} (trial {best.number})"
        return f"{self._counted()} · {found} · {self._clocked()}"
