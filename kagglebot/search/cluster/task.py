"""One trial as a task on a Dask worker: the turn that a worker process here takes, with what it needs sent."""

import os
import pickle
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Event
from kagglebot.errors import StudyError
from kagglebot.paths import StudyLocation
from kagglebot.search.cluster.data_transfer import DataBundle, receive
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.search.workers.loop import Turn, WorkerContext, take_turn
from kagglebot.search.workers.process import Assignment, prepare
from kagglebot.study_config.schema import Definition
from kagglebot.training.oof_predictions import oof_path
from kagglebot.training.subprocess import limit_threads
from kagglebot.version import __version__

#: Environment variable for the folder where a worker keeps data, rather than the user's cache folder.
CACHE_VARIABLE = "KAGGLEBOT_CACHE"

# What the engines seed and count belongs to the process, so one trial at a time is in it.
_alone = threading.Lock()
_benches: dict[str, WorkerContext] = {}
_stopped: set[str] = set()


@dataclass(frozen=True)
class Task:
    """What the Dask workers of one search are to do, and where they find what they need.

    Attributes:
        search: Names the search; its events have this topic.
        competition: Name of the competition.
        study: Name of the study.
        definition: What it is.
        relay: host:port where the study and the data are to be had.
        bundle: The data.
        seed: Seed of the search.
        backend: What Keras nets are trained on.
        lock: File name of the lock that the search's own process holds, where its study is.
        host_id: Folder and machine with that lock.
        callbacks: Callbacks of which each worker gets a copy.
        version: kagglebot's version there.
    """

    search: str
    competition: str
    study: str
    definition: Definition
    relay: str
    bundle: DataBundle
    seed: int
    backend: str
    lock: str
    host_id: str
    callbacks: tuple[Callback, ...] = ()
    version: str = __version__


@dataclass(frozen=True)
class Taken:
    """What came of it: the turn, and what each trial answered for its validation rows, by number."""

    turn: Turn
    held_out: dict[int, bytes]


def take_trial(task: Task, number: int, seconds: float | None, late: bool = False) -> Taken:
    """Take one trial of the study.

    Args:
        task: What the search is about.
        number: Number of the worker, which no other has in this search.
        seconds: Seconds that are left; None for no limit.
        late: As in ``take_turn``.

    Raises:
        StudyError: The study cannot be reached, or the worker has another kagglebot.
        DataError: The data did not arrive, or the disk refuses.
        UsageError: The worker has not got the backend, or has trained on another.
    """
    if task.version != __version__:
        raise StudyError(
            f"A worker has kagglebot {__version__}, and the search {task.version}.",
            "Install the same version on every machine.",
        )
    with _alone, storage_errors(f"grpc://{task.relay}"):
        if task.search in _stopped:
            return Taken(Turn.INTERRUPTED, {})
        bench = _benches.get(task.search) or _prepare(task)
        deadline = None if seconds is None else time.time() + seconds  # by this machine's clock
        bench = replace(bench, conditions=replace(bench.conditions, deadline=deadline, worker=number))
        turn = take_turn(bench, late=late)
        return Taken(turn, _held_out(bench.conditions.folder))


def _prepare(task: Task) -> WorkerContext:
    from distributed import get_worker

    worker: Any = get_worker()
    threads = worker.state.nthreads
    limit_threads(threads)

    def emit(event: Event) -> None:
        worker.log_event(task.search, pickle.dumps(event))

    data = receive(task.bundle, task.relay, _cache() / "data")
    folder = Path(worker.local_directory) / task.search  # which Dask clears away with the worker
    folder.mkdir(parents=True, exist_ok=True)
    location = StudyLocation(task.competition, task.study, folder, f"grpc://{task.relay}")
    assignment = Assignment(
        location,
        task.definition,
        data,
        0,
        task.seed,
        threads,
        None,
        task.backend,
        task.host_id,
        callbacks=task.callbacks,
    )
    bench = prepare(assignment, task.lock, stopped=lambda: task.search in _stopped, emit=emit)
    _benches.clear()  # of an earlier search
    _benches[task.search] = bench
    return bench


def _cache() -> Path:
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("kagglebot")


def _held_out(folder: Path) -> dict[int, bytes]:
    """Take what was kept for ensembles: it belongs into the study's folder, which is on another machine."""
    taken = {}
    for path in oof_path(folder, 0).parent.glob("trial-*.npz"):
        taken[int(path.stem.removeprefix("trial-"))] = path.read_bytes()
        path.unlink()
    return taken


def stop(search: str) -> None:
    """Have the trials of a search on this worker stop at their next step."""
    _stopped.add(search)
