"""The context of a search, shared by all workers, and that of each worker."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit
from kagglebot.metrics.metric import Metric
from kagglebot.paths import StudyLocation
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.set_and_fix import Restriction
from kagglebot.training.keras.backends import DEFAULT

if TYPE_CHECKING:  # workers limit their threads before they import these
    import optuna

    from kagglebot.datasets.dataset import Dataset
    from kagglebot.datasets.splits import Split


@dataclass(frozen=True)
class SearchContext:
    """A search: the same for all of its workers, and sent to each of them.

    Attributes:
        location: The study's storage and folder.
        data: ``data/COMPETITION``.
        deadline: Time by which trials should end, in seconds since the epoch; None for no limit.
        seconds: How long the search takes, as asked for; None for no limit.
        host_id: The host whose file locks show that the trials' workers live; see ``heartbeat.host_id``.
        digest: Key of the data, which a fetch may replace meanwhile.
        callbacks: Callbacks of which each worker gets a copy.
        restrictions: The parts of the space that this search is restricted to, by parameter.
        memory: Bytes that a worker may take; None where only its own machine knows.
    """

    location: StudyLocation
    definition: Definition
    data: Path
    seed: int
    deadline: float | None = None
    seconds: float | None = None
    backend: str = DEFAULT
    host_id: str = ""
    digest: str = ""
    callbacks: tuple[Callback, ...] = ()
    restrictions: Mapping[str, Restriction] = field(default_factory=dict)
    memory: float | None = None

    def seconds_left(self) -> float | None:
        """Return the seconds until the deadline; None without one."""
        return None if self.deadline is None else self.deadline - time.time()

    def share_left(self) -> float:
        """Return the share of its time that the search has left; 1 without a limit."""
        left = self.seconds_left()
        return 1.0 if left is None or not self.seconds else left / self.seconds


@dataclass(frozen=True)
class WorkerContext:
    """All that a worker needs to run trials; it stays in the worker's process.

    Attributes:
        worker: Number of the worker, from 0.
        lock: Name of the file that the worker holds locked while it lives.
        threads: Threads that a training step may use.
        emit: Called with each event.
        stopped: Returns whether the user asked to stop.
        metric: The metric of the trials' scores.
        splits: Training and validation rows of each fold.
        limits: Largest values of parameters that images of this size allow.
        memory: Bytes that a trial may take.
        open_seconds: Seconds in which all this was opened; TensorFlow was imported, unless it had been before.
    """

    search: SearchContext
    worker: int
    lock: str
    threads: int
    emit: Emit
    stopped: Callable[[], bool]
    study: "optuna.Study"
    dataset: "Dataset"
    metric: Metric
    splits: "Sequence[Split]"
    limits: Mapping[str, int]
    memory: float = math.inf
    open_seconds: float = 0.0

    @property
    def definition(self) -> Definition:
        """The study's definition."""
        return self.search.definition

    @property
    def folder(self) -> Path:
        """The study's folder."""
        return self.search.location.folder
