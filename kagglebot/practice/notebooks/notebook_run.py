"""A run of a notebook: its cells in a child process without network, with inputs laid out as on Kaggle."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO, Literal

from kagglebot.practice.competition import PracticeCompetition
from kagglebot.practice.notebooks import run_cells

_TIMEOUT_SECONDS = 600
_FAILING = b'raise MemoryError("a fault of the practice server")'
#: For machines that let nobody take the network from a process: Python's own sockets do not connect.
_NO_SOCKETS = """
import socket

def _refuse(*_):
    raise OSError("there is no network in this notebook")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = _refuse
"""


@dataclass(frozen=True)
class Inputs:
    """What a notebook reads: each competition's archive by name, each dataset's files by reference."""

    competitions: Mapping[str, Path]
    datasets: Mapping[str, Mapping[str, bytes]]

    def hidden(self, competition: PracticeCompetition) -> "Inputs":
        """Return the same with the hidden test data of a competition."""
        archive = competition.rerun_archive or competition.archive
        return replace(self, competitions={**self.competitions, competition.name: archive})

    def failing(self) -> "Inputs":
        """Return the same with code in the datasets that raises an error."""
        datasets = {
            reference: {name: _FAILING if name.endswith(".py") else content for name, content in files.items()}
            for reference, files in self.datasets.items()
        }
        return replace(self, datasets=datasets)

    def lay_out(self, root: Path) -> None:
        """Write all to a folder, as it is in ``/kaggle/input``."""
        for name, archive in self.competitions.items():
            _unzip(archive, root / "competitions" / name)
        for reference, files in self.datasets.items():
            folder = root / "datasets" / reference
            folder.mkdir(parents=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)


class NotebookRun:
    """A run of a notebook in a folder of its own.

    Args:
        source: The notebook, as JSON.
        inputs: What it reads.
        rerun: Whether this is the second run of a submitted notebook.
        fails: Let the code in its datasets end with an error.
        called_complete: Call it complete although it failed.
        cancelled: It was cancelled before it began.

    Attributes:
        status: As Kaggle says it: QUEUED, RUNNING, COMPLETE, ERROR or CANCEL_ACKNOWLEDGED.
        working: The working folder, with the output.
        printed: What it printed: stream, seconds since the start, text; what it printed as errors at the end.
    """

    def __init__(
        self,
        source: str,
        inputs: Inputs,
        *,
        rerun: bool = False,
        fails: bool = False,
        called_complete: bool = False,
        cancelled: bool = False,
    ) -> None:
        self.status: Literal["QUEUED", "RUNNING", "COMPLETE", "ERROR", "CANCEL_ACKNOWLEDGED"] = "QUEUED"
        self.printed: list[tuple[str, float, str]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="kagglebot-notebook-", ignore_cleanup_errors=True)
        self._root = Path(self._folder.name)
        self.working = self._root / "working"
        self.working.mkdir()
        self._source = source
        self._inputs = inputs.failing() if fails else inputs
        self._rerun = rerun
        self._called_complete = called_complete
        self._cancelled = cancelled
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status not in ("QUEUED", "RUNNING")

    def run(self) -> None:
        """Run all cells and keep what they printed, unless it was cancelled."""
        if self._cancelled:
            self.status = "CANCEL_ACKNOWLEDGED"
            return
        self.status = "RUNNING"
        good = False
        try:
            good = self._run() == 0 or self._called_complete
        finally:
            self.status = "COMPLETE" if good else "ERROR"

    def _run(self) -> int:
        """Run all cells, keep what they printed, and return the exit code."""
        started = time.monotonic()
        self._inputs.lay_out(self._root / "input")
        script, blocker = self._root / "script.py", self._root / "no-network"
        script.write_text(_code(self._source), encoding="utf-8")
        blocker.mkdir()
        (blocker / "sitecustomize.py").write_text(_NO_SOCKETS)
        self._process = subprocess.Popen(
            [*_without_network(), sys.executable, run_cells.__file__, str(script)],
            cwd=self.working,
            env=self._environment(blocker),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        if self._stopped:
            self._kill()
        errors: list[tuple[str, float, str]] = []
        kept = (("stdout", self._process.stdout, self.printed), ("stderr", self._process.stderr, errors))
        readers = [threading.Thread(target=_keep, args=(*each, started), daemon=True) for each in kept]
        for reader in readers:
            reader.start()
        try:
            code = self._process.wait(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            code = self._process.wait()
        for reader in readers:
            reader.join()
        self.printed += errors
        return code

    def output_files(self) -> list[Path]:
        """Return the files in the working folder."""
        return sorted(path for path in self.working.iterdir() if path.is_file())

    def stop(self) -> None:
        """End the run, also one that is about to begin."""
        self._stopped = True
        self._kill()

    def remove(self) -> None:
        """Remove its files, once it is over."""
        self._folder.cleanup()

    def _kill(self) -> None:
        """Kill the process and those that it started, if it has begun and not ended."""
        if self._process is None or self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):  # it has ended just now
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _environment(self, blocker: Path) -> dict[str, str]:
        foreign = ("KAGGLE", "PYTHON", "HTTP", "NO_PROXY", "no_proxy", "http")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own |= {"KAGGLEBOT_INPUT": str(self._root / "input"), "KAGGLE_KERNEL_RUN_TYPE": "Batch"}
        own |= {"HOME": str(self._root), "TF_CPP_MIN_LOG_LEVEL": "3"}
        own |= {} if _without_network() else {"PYTHONPATH": str(blocker)}
        return own | ({"KAGGLE_IS_COMPETITION_RERUN": "1"} if self._rerun else {})


def _keep(name: str, stream: IO[str], printed: list[tuple[str, float, str]], started: float) -> None:
    """Keep what a process prints, line by line as it does."""
    with stream:
        for line in stream:
            printed.append((name, round(time.monotonic() - started, 3), line))


def _code(source: str) -> str:
    """Return the code of a notebook's cells, one after the other."""
    cells = [cell["source"] for cell in json.loads(source)["cells"] if cell["cell_type"] == "code"]
    return "\n\n".join(cell if isinstance(cell, str) else "".join(cell) for cell in cells)


def _unzip(archive: Path, folder: Path) -> None:
    folder = folder.resolve()
    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            target = (folder / entry.filename).resolve()
            if not entry.is_dir() and target.is_relative_to(folder):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(zipped.read(entry))


@cache
def _without_network() -> tuple[str, ...]:
    """Return the words before a command that take the network from it; none where that is not allowed."""
    words = ("unshare", "--map-root-user", "--net")
    if shutil.which("unshare") is None:
        return ()
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else ()
