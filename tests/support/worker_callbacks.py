"""Callbacks that run in worker processes, which must be able to import this module."""

import os
from pathlib import Path

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, SearchStarted, TrialEnded, TrialStarted


class Diary(Callback):
    """Writes what it sees into a file of its process."""

    in_worker = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_search_start(self, event: SearchStarted) -> None:
        """Write the study's name."""
        self._write(f"search {event.competition} {event.study} {event.metric.name}")

    def on_trial_start(self, event: TrialStarted) -> None:
        """Write the trial's number."""
        self._write(f"start {event.number}")

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Write the epoch's number."""
        self._write(f"epoch {event.number} {event.epoch}")

    def on_trial_end(self, event: TrialEnded) -> None:
        """Write the trial's state."""
        self._write(f"end {event.number} {event.state}")

    def _write(self, line: str) -> None:
        with (self._folder / f"{os.getpid()}.txt").open("a") as file:
            file.write(f"{line}\n")


class Broken(Callback):
    """Fails at the first epoch."""

    in_worker = True

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Fail."""
        raise RuntimeError("no disk")
