"""The console: results go to stdout, everything else to stderr.

rich is imported only when something is drawn, so that help and shell completion stay fast.
"""

import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from kagglebot.cli.hints import in_workspace
from kagglebot.system.logging import LOGGER, LogFormatter
from kagglebot.system.processes.environment import in_notebook

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.text import Text

    from kagglebot.system.progress import ProgressCallback

#: The console that draws bars now, if there is one: lines must be printed by it to stand above them.
_drawing: "list[Console]" = []
#: Seconds between two lines of the same phase if stderr is not a terminal.
_PLAIN_SECONDS = 10.0


def stdout_console() -> "Console":
    """Return the console for results; text is printed as it is, never as markup."""
    return _console(stderr=False)


def stderr_console() -> "Console":
    """Return the console for progress, notes, warnings and errors."""
    return _drawing[-1] if _drawing else _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    for name in ("COLUMNS", "LINES"):  # rich draws nothing in 0 columns, and fills the memory with 10^10
        if not re.fullmatch("[1-9][0-9]{0,3}", os.environ.get(name, "80")):
            del os.environ[name]
    # Jupyter gives the commands of a cell a terminal and FORCE_COLOR, and shows what moves a cursor as it is.
    terminal = False if in_notebook() else None
    return Console(stderr=stderr, force_terminal=terminal, markup=False, emoji=False, highlight=False)


def print_sentences(console: "Console", text: "Text | str", style: str | None = None) -> None:
    """Print sentences, on one line in a file, or where an address is wider than a terminal.

    Commands in them work in the workspace of this command.
    """
    text = in_workspace(text) if isinstance(text, str) else text
    whole = not console.is_terminal or max(map(len, str(text).split()), default=0) > console.width
    console.print(text, style=style, soft_wrap=whole)


class Screen:
    """The output of one command: progress and notes while it runs, then its result.

    Args:
        as_json: Print the result as JSON. While the screen is open, whatever a library or a worker process writes
            to standard output goes to standard error instead.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.err = stderr_console()
        self._stdout_descriptor: int | None = None

    def __enter__(self) -> Self:
        if self.as_json:
            sys.stdout.flush()
            self._stdout_descriptor = os.dup(1)
            os.dup2(2, 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore_stdout()

    def _restore_stdout(self) -> None:
        if self._stdout_descriptor is not None:
            sys.stdout.flush()
            os.dup2(self._stdout_descriptor, 1)
            os.close(self._stdout_descriptor)
            self._stdout_descriptor = None

    def note(self, text: str) -> None:
        """Print a note to stderr."""
        print_sentences(self.err, text)

    def next_step(self, text: str) -> None:
        """Print a suggestion for the next command to stderr, unless the result is JSON."""
        if not self.as_json:
            print_sentences(self.err, f"Next: {text}", style="dim")

    def result(self, drawn: "RenderableType | Callable[[], RenderableType]", document: dict[str, Any]) -> None:
        """Print the result: ``drawn``, which may be a function that draws, or ``document`` with ``--json``."""
        self._restore_stdout()
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
        else:
            stdout_console().print(drawn() if callable(drawn) else drawn, crop=False)  # as an address is whole

    def text(self, text: str) -> None:
        """Print the result as plain text, for other programs."""
        self._restore_stdout()
        sys.stdout.write(text)

    @contextmanager
    def progress(self) -> "Iterator[ProgressCallback]":
        """Yield a callback that draws a progress bar for each phase, or plain lines without a terminal."""
        if not self.err.is_terminal:
            yield _PlainProgress(self.err)
            return
        with _bars(self.err) as bars:
            _drawing.append(self.err)
            try:
                yield _BarProgress(bars)
            finally:
                _drawing.pop()


def _bars(console: "Console") -> "Bars":
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        redirect_stdout=False,  # stdout carries the result and nothing else
    )


class _BarProgress:
    """A bar for each phase; a phase ends when the next one starts."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._phase = ""
        self._task: TaskID | None = None

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if self._task is None or phase != self._phase:
            if self._task is not None:
                ended = next(task for task in self._bars.tasks if task.id == self._task)
                self._bars.update(self._task, total=ended.total or 1, completed=ended.total or 1)
            self._phase = phase
            self._task = self._bars.add_task(phase, total=total)
        self._bars.update(self._task, completed=done, total=total)


class _PlainProgress:
    """A line when a phase starts, and one every ten seconds while it lasts."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._phase = ""
        self._began_at = self._printed_at = 0.0

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._began_at = phase, now
            self._console.print(f"{phase} …", soft_wrap=True)
        elif now - self._printed_at < _PLAIN_SECONDS:
            return
        else:
            from kagglebot.report.formatting import duration

            # Without a total, ``done`` counts seconds, files or nothing: the time is what all of them have.
            share = f"{done / total:.0%}" if total else duration(now - self._began_at)
            self._console.print(f"{phase}: {share}", soft_wrap=True)
        self._printed_at = now


class _OnStderr(logging.Handler):
    """A handler that writes to the current stderr: a live table replaces it to put lines above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, RuntimeError):  # closed, or a signal arrived in the middle of a line
            sys.stderr.write(self.format(record) + "\n")


def log_to_stderr() -> Callable[[], None]:
    """Print the log from now on, including epochs and phases; return a function that stops it."""
    handler, level = _OnStderr(), LOGGER.level
    handler.setFormatter(LogFormatter())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)

    def stop() -> None:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)

    return stop
