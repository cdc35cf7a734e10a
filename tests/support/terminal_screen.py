"""A program in a real terminal, under tmux: its screen, and changes of the terminal's size."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest


def need_tmux() -> None:
    """Skip where tmux is not installed, and fail where it should be."""
    if shutil.which("tmux") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("tmux is not installed")


class Screen:
    """A program running in a terminal of so many columns and lines, for as long as the block lasts."""

    def __init__(self, command: str, columns: int, lines: int, folder: Path) -> None:
        self._tmux = ["tmux", "-u", "-L", f"test-{uuid.uuid4().hex}", "-f", "/dev/null"]
        self._start = ["new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(folder)]
        self._command = command

    def _run(self, *arguments: str) -> str:
        # Python's own view of the environment: readline puts COLUMNS and LINES into the one that C hands on.
        environment = dict(os.environ)
        command = [*self._tmux, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def __enter__(self) -> Self:
        self._run(*self._start, "sh", "-c", f"{self._command}; echo exit $?; sleep 300")
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def text(self, *, escapes: bool = False) -> str:
        """What stands on the screen, without empty lines below and blanks at the ends of lines."""
        shown = self._run("capture-pane", "-p", *(["-e"] if escapes else []))
        return "\n".join(line.rstrip() for line in shown.rstrip().splitlines()) + "\n"

    def wait_for(self, text: str, seconds: float = 120) -> str:
        """Return the screen once it shows ``text``."""
        shown = self.wait_until(lambda shown: text in shown, seconds)
        assert text in shown, f"never shown: {text!r}, but\n{shown}"
        return shown

    def wait_until(self, wanted: Callable[[str], bool], seconds: float) -> str:
        """Return the screen once it is as wanted, or the last one if that never comes."""
        end = time.monotonic() + seconds
        while not wanted(shown := self.text()) and time.monotonic() < end:
            time.sleep(0.2)
        return shown

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal another size."""
        self._run("resize-window", "-x", str(columns), "-y", str(lines))
