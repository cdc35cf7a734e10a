"""A search on the screen: a live table in a terminal, one line a trial anywhere else."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live

from kagglebot.callbacks.events import Event, Listener, Note, TrialEnded, TrialStarted
from kagglebot.cli.live.row import Row
from kagglebot.cli.live.table import Board, SearchLimits
from kagglebot.report import formatting

if TYPE_CHECKING:
    from rich.console import Console

    from kagglebot.analysis.results import StudySummary

_FRAMES_A_SECOND = 4


@contextmanager
def watch(console: "Console", budget: SearchLimits, earlier: "StudySummary | None" = None) -> Iterator[Listener]:
    """Show a search on ``console`` while the block runs; give the listener to hand to it.

    Args:
        console: Where to draw, as a rule stderr.
        budget: The trials and the time there are.
        earlier: The study as it was before, where it goes on.
    """
    board = Board(budget, earlier)
    if not console.is_terminal or console.is_dumb_terminal:
        lines = _Lines(console, board)
        yield lines
        lines.flush()
        return
    with _Table(console, board) as live:
        yield live.listen


class _Table(Live):
    """Redraws the board four times a second, and starts on a clean screen when the terminal was resized."""

    def __init__(self, console: "Console", board: Board) -> None:
        self._board = board
        self._notes: deque[str] = deque()
        self._size = console.size
        super().__init__(
            console=console,
            refresh_per_second=_FRAMES_A_SECOND,
            get_renderable=lambda: board.draw(height=console.height, width=console.width),
            redirect_stdout=False,
            transient=True,  # what the command says at the end stands in its place
        )

    def listen(self, event: Event) -> None:
        """Take an event in; a note is printed with the next frame, as it may come from a signal handler."""
        if isinstance(event, Note):
            self._notes.append(event.text)
        self._board.take(event)

    def refresh(self) -> None:
        """Draw a frame."""
        if self.console.size != self._size:
            # Lines drawn before have been wrapped anew, so going up as many lines would leave rubbish.
            self._size = self.console.size
            self.console.clear()
        while self._notes:
            self.console.print(self._notes.popleft())
        super().refresh()

    def stop(self) -> None:
        """End, with every note said."""
        self.refresh()
        super().stop()


class _Lines:
    """One line when a trial begins and one when it ends."""

    def __init__(self, console: "Console", board: Board) -> None:
        self._console = console
        self._board = board
        self._lines: deque[str] = deque()
        self._printing = threading.Lock()

    def __call__(self, event: Event) -> None:
        row = self._board.take(event)
        if isinstance(event, Note):
            self._lines.append(event.text)
        elif isinstance(event, TrialStarted) and row is not None:
            self._lines.append(f"trial {row.number} started: {formatting.settings(row.params)}")
        elif isinstance(event, TrialEnded) and row is not None:
            self._lines.append(f"{_ending(row)} · {self._board.footer()}")
        self.flush()

    def flush(self) -> None:
        """Print what waits; not from within a print, where a signal handler may have come in between."""
        if not self._printing.acquire(blocking=False):
            return
        try:
            while self._lines:
                self._console.print(self._lines.popleft(), soft_wrap=True)
        finally:
            self._printing.release()


def _ending(row: Row) -> str:
    text = f"trial {row.number} {row.state}"
    if row.score is not None:
        text += f" {formatting.score(row.score)}"
    text += f" after {formatting.count(row.epoch, 'epoch')}, {formatting.duration(row.seconds)}"
    return f"{text} ({row.reason})" if row.reason else text
