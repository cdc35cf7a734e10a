"""Where things are shown: results on stdout, all the rest on stderr.

rich is imported when something is drawn, so that help and shell completion stay quick.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from kagglebot.system.progress import ProgressCallback

#: Without a terminal a phase that goes on says so this often.
_PLAIN_SECONDS = 10.0


def stdout_console() -> "Console":
    """Give the console that results are drawn on; text in it is taken as it is, never as markup."""
    return _console(stderr=False)


def stderr_console() -> "Console":
    """Give the console for progress, notes, warnings and errors."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


class Screen:
    """What one command shows: progress and notes while it runs, then its result.

    With ``as_json`` the result is one JSON document, and as long as the screen is open everything that
    anybody else writes to standard output, a library or a worker process, goes to standard error instead.
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
        self._give_stdout_back()

    def _give_stdout_back(self) -> None:
        if self._stdout_descriptor is not None:
            sys.stdout.flush()
            os.dup2(self._stdout_descriptor, 1)
            os.close(self._stdout_descriptor)
            self._stdout_descriptor = None

    def note(self, text: str) -> None:
        """Say something beside the result, on stderr."""
        self.err.print(text, soft_wrap=not self.err.is_terminal)

    def next_step(self, text: str) -> None:
        """Say what could be done next; on stderr, and not to a machine."""
        if not self.as_json:
            self.err.print(f"Next: {text}", style="dim", soft_wrap=not self.err.is_terminal)

    def result(self, drawn: "RenderableType", document: dict[str, Any]) -> None:
        """Show what the command found: ``drawn`` for people, ``document`` with ``--json``."""
        self._give_stdout_back()
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
        else:
            stdout_console().print(drawn)

    def text(self, text: str) -> None:
        """Write what the command found as it is, for machines."""
        self._give_stdout_back()
        sys.stdout.write(text)

    @contextmanager
    def progress(self) -> "Iterator[ProgressCallback]":
        """Give a callback that shows a bar for each phase: plain lines where stderr is no terminal."""
        if not self.err.is_terminal:
            yield _PlainProgress(self.err)
            return
        with _bars(self.err) as bars:
            yield _BarProgress(bars)


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
    """One bar a phase; a phase is over when the next one begins."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._phase = ""
        self._task: TaskID | None = None

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        if self._task is None or phase != self._phase:
            self._finish()
            self._phase = phase
            self._task = self._bars.add_task(phase, total=total)
        self._bars.update(self._task, completed=done, total=total)

    def _finish(self) -> None:
        if self._task is not None:
            task = next(task for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=task.total or 1, completed=task.total or 1)


class _PlainProgress:
    """A line when a phase begins, and one every ten seconds while it lasts."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._phase = ""
        self._said = 0.0

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if phase != self._phase:
            self._phase = phase
            self._console.print(f"{phase} …", soft_wrap=True)
        elif now - self._said < _PLAIN_SECONDS:
            return
        else:
            share = f"{done / total:.0%}" if total else f"{done:,}"
            self._console.print(f"{phase}: {share}", soft_wrap=True)
        self._said = now
