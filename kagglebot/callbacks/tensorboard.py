"""TensorBoard: a run for each trial, with its learning curve and its parameters.

TensorBoard's own writers import TensorFlow, which the process that leads a search does without. So records are
written with the parts of TensorBoard beneath those writers.
"""

import os
import socket
import time
from pathlib import Path
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, SearchEnded, SearchStarted, TrialEnded, TrialStarted
from kagglebot.system.plugins import import_extra

_EXTRA = "tensorboard"


class TensorBoard(Callback):
    """Writes each trial as a run for TensorBoard: score and seconds of every epoch, and the parameters.

    Look at them with ``tensorboard --logdir FOLDER``.

    Args:
        folder: Where to write; without, ``tensorboard`` in the study's folder.

    Raises:
        UsageError: TensorBoard is not installed.

    Example:
        >>> from pathlib import Path
        >>> from kagglebot import TensorBoard
        >>> summary = workspace.tune("small", trials=1, jobs=1, callbacks=[TensorBoard(Path("runs"))])
        >>> [path.name for path in Path("runs").iterdir()]
        ['trial-0003']
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._hparams = import_extra("tensorboard.plugins.hparams.summary_v2", _EXTRA)
        self._folder = folder
        self._metric = ""
        self._runs: dict[int, _EventFile] = {}

    def on_search_start(self, event: SearchStarted) -> None:
        """Choose the folder."""
        self._metric = event.metric.name
        self._folder = self._folder or event.folder / "tensorboard"

    def on_trial_start(self, event: TrialStarted) -> None:
        """Start a run, and write its parameters."""
        name = f"trial-{event.number:04d}"
        run = self._runs[event.number] = _EventFile((self._folder or Path()) / name)
        params = {
            key: value if isinstance(value, bool | int | float | str) else str(value)
            for key, value in event.params.items()
        }
        run.write(summary=self._hparams.hparams_pb(params, trial_id=name))

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Write the epoch's score and seconds."""
        if run := self._runs.get(event.number):
            run.scalar(self._metric, event.score, event.epoch)
            run.scalar("seconds", event.seconds, event.epoch)

    def on_trial_end(self, event: TrialEnded) -> None:
        """Write the trial's final score, and end its run."""
        if run := self._runs.pop(event.number, None):
            if event.value is not None:
                run.scalar(f"final/{self._metric}", event.value, 0)
            run.close()

    def on_search_end(self, event: SearchEnded) -> None:
        """End the runs of trials that did not end."""
        for run in self._runs.values():
            run.close()
        self._runs.clear()


class _EventFile:
    """A file of events, readable while it is written."""

    def __init__(self, folder: Path) -> None:
        self._event = import_extra("tensorboard.compat.proto.event_pb2", _EXTRA).Event
        self._summary = import_extra("tensorboard.compat.proto.summary_pb2", _EXTRA).Summary
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}.{os.getpid()}"
        writer = import_extra("tensorboard.summary.writer.record_writer", _EXTRA).RecordWriter
        self._records = writer((folder / name).open("wb"))
        self.write(file_version="brain.Event:2")

    def scalar(self, tag: str, value: float, step: int) -> None:
        self.write(step=step, summary=self._summary(value=[self._summary.Value(tag=tag, simple_value=value)]))

    def write(self, **content: Any) -> None:
        self._records.write(self._event(wall_time=time.time(), **content).SerializeToString())
        self._records.flush()

    def close(self) -> None:
        self._records.close()
