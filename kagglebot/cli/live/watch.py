"""A search on the screen: a live table in a terminal, one line a trial anywhere else."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Note, TrialEnded, TrialStarted
from kagglebot.cli.live.row import TrialRow
from kagglebot.cli.live.table import SearchLimits, TrialTable
from kagglebot.report import formatting

if TYPE_CHECKING:
    from rich.console import Console

    from kagglebot.analysis.study_summary import StudySummary

_FRAMES_A_SECOND = 4


@contextmanager
def watch(console: "Console", limits: SearchLimits, earlier: "StudySummary | None" = None) -> Iterator[Callback]:
    """Show a search on ``console`` for as long as the block runs.

    Args:
        console: Where to draw, usually stderr.
        limits: The trials and the time that the search may use.
        earlier: The study as it was before, where the search continues one.

    Yields:
        The callback to search with.
    """
    if console.is_terminal and not console.is_dumb_terminal:
        table = _LiveTable(limits, earlier)
        with _Screen(console, table):
            yield table
    else:
        lines = _PlainLines(console, limits, earlier)
        yield lines
        lines.flush()


class _LiveTable(TrialTable):
    """The table, and the notes to print above it."""

    def __init__(self, limits: SearchLimits, earlier: "StudySummary | None" = None) -> None:
        super().__init__(limits, earlier)
        self.notes: deque[str] = deque()

    def on_note(self, event: Note) -> None:
        """Print the note with the next frame, as it may come from a signal handler."""
        self.notes.append(event.text)


class _Screen(Live):
    """Redraws the table four times a second, and clears a terminal that was resized."""

    def __init__(self, console: "Console", table: _LiveTable) -> None:
        self._table = table
        self._size = console.size
        super().__init__(
            console=console,
            refresh_per_second=_FRAMES_A_SECOND,
            get_renderable=lambda: table.draw(height=console.height, width=console.width),
            redirect_stdout=False,
            transient=True,  # the command's result takes its place
        )

    def refresh(self) -> None:
        """Draw a frame."""
        if self.console.size != self._size:
            # The terminal has wrapped the lines anew, so the cursor would not go up far enough.
            self._size = self.console.size
            self.console.clear()
        while self._table.notes:
            self.console.print(self._table.notes.popleft())
        super().refresh()

    def stop(self) -> None:
        """Print the last notes and end."""
        self.refresh()
        super().stop()


class _PlainLines(TrialTable):
    """One line when a trial starts and one when it ends."""

    def __init__(self, console: "Console", limits: SearchLimits, earlier: "StudySummary | None" = None) -> None:
        super().__init__(limits, earlier)
        self._console = console
        self._lines: deque[str] = deque()
        self._printing = threading.Lock()

    def on_trial_start(self, event: TrialStarted) -> None:
        """Print the trial's parameters."""
        super().on_trial_start(event)
        self._print(f"trial {event.number} started: {formatting.settings(event.params)}")

    def on_trial_end(self, event: TrialEnded) -> None:
        """Print how the trial ended, and how far the search is."""
        super().on_trial_end(event)
        self._print(f"{_describe_end(self.ended[-1])} · {self.footer()}")

    def on_note(self, event: Note) -> None:
        """Print the note."""
        self._print(event.text)

    def _print(self, line: str) -> None:
        self._lines.append(line)
        self.flush()

    def flush(self) -> None:
        """Print the lines that wait, unless called by a signal handler in the middle of a print."""
        if not self._printing.acquire(blocking=False):
            return
        try:
            while self._lines:
                self._console.print(self._lines.popleft(), soft_wrap=True)
        finally:
            self._printing.release()


def _describe_end(row: TrialRow) -> str:
    text = f"trial {row.number} {row.state}"
    if row.score is not None:
        text += f" {formatting.score(row.score)}"
    text += f" after {formatting.count(row.epoch, 'epoch')}, {formatting.duration(row.seconds)}"
    return f"{text} ({row.reason})" if row.reason else text
