"""A callback: the memory of the worker process after each trial."""

from pathlib import Path

import psutil

from kagglebot import Callback, SearchStarted, TrialEnded


class MemoryLog(Callback):
    """Appends a line to ``memory.csv`` in the study's folder: trial, process, MiB in use."""

    in_worker = True

    def __init__(self) -> None:
        self._path = Path()

    def on_search_start(self, event: SearchStarted) -> None:
        """Note where the file goes."""
        self._path = event.folder / "memory.csv"

    def on_trial_end(self, event: TrialEnded) -> None:
        """Append a line."""
        process = psutil.Process()
        with self._path.open("a") as file:
            file.write(f"{event.number},{process.pid},{process.memory_info().rss / 2**20:.0f}\n")
