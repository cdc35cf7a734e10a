"""One trial as a Dask task: what a worker process here does, with what it needs sent along."""

import os
import pickle
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from kagglebot.callbacks.events import Event
from kagglebot.errors import StudyError
from kagglebot.search.cluster.data_transfer import DataBundle, receive
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.search.trial.context import SearchContext, WorkerContext
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.workers.loop import open_worker, run_next_trial
from kagglebot.system.files.cache_folder import cache_folder
from kagglebot.training.files.oof_predictions import oof_path
from kagglebot.training.machine.child_process import limit_threads
from kagglebot.version import __version__

#: Environment variable for the folder where a worker keeps data, instead of the user's cache folder.
CACHE_VARIABLE = "KAGGLEBOT_CACHE"

# Seeds, threads and the backend belong to the process, so it runs one trial at a time.
_alone = threading.Lock()
_contexts: dict[str, WorkerContext] = {}
_stopped: set[str] = set()


@dataclass(frozen=True)
class Task:
    """Everything that Dask workers need to run the trials of a search.

    Attributes:
        id: Identifies the search; its events have this topic.
        search: The search, without the paths and the storage URL of the machine that started it.
        proxy: host:port that serves the study and the data.
        bundle: The data.
        lock: Name of the lock file that the search's own process holds, in the study's folder.
        version: kagglebot's version there.
    """

    id: str
    search: SearchContext
    proxy: str
    bundle: DataBundle
    lock: str
    version: str = __version__


def make_task(search: SearchContext, proxy: str, bundle: DataBundle, lock: str) -> Task:
    """Return the task of a search, without paths of this machine and the storage's URL and password."""
    location = replace(search.location, folder=Path(), url=f"grpc://{proxy}")
    search = replace(search, location=location, data=Path())
    return Task(f"kagglebot-{uuid4().hex[:12]}", search, proxy, bundle, lock)


@dataclass(frozen=True)
class TaskResult:
    """The outcome of a task's trial, and files with the out-of-fold predictions of trials, by number."""

    outcome: TrialOutcome
    oof: dict[int, bytes]


def run_task(task: Task, worker: int, seconds: float | None, late: bool = False) -> TaskResult:
    """Run the next trial of the study, with ``seconds`` left; None for no limit.

    No other worker of the search has the number ``worker``; ``late`` is as in ``run_next_trial``.

    Raises:
        StudyError: The study cannot be reached, or the worker has another version of kagglebot.
        DataError: The data did not arrive, or the disk refuses it.
        UsageError: The backend is not installed on the worker, or it has trained on another.
    """
    if task.version != __version__:
        raise StudyError(
            f"A worker has kagglebot {__version__}, and the search {task.version}.",
            "Install the same version on every machine.",
        )
    with _alone, storage_errors(f"grpc://{task.proxy}"):
        if task.id in _stopped:
            return TaskResult(TrialOutcome.INTERRUPTED, {})
        context = _contexts.get(task.id) or _open(task)
        deadline = None if seconds is None else time.time() + seconds  # by this machine's clock
        context = replace(context, search=replace(context.search, deadline=deadline), worker=worker)
        outcome = run_next_trial(context, late=late)
        return TaskResult(outcome, _take_oof(context.folder))


def _open(task: Task) -> WorkerContext:
    from distributed import get_worker

    worker: Any = get_worker()
    threads = worker.state.nthreads
    limit_threads(threads)

    def emit(event: Event) -> None:
        worker.log_event(task.id, pickle.dumps(event))

    data = receive(task.bundle, task.proxy, _cache() / "data")
    folder = Path(worker.local_directory) / task.id  # Dask deletes it with the worker
    folder.mkdir(parents=True, exist_ok=True)
    search = replace(task.search, location=replace(task.search.location, folder=folder), data=data)
    context = open_worker(
        search, worker=0, lock=task.lock, threads=threads, emit=emit, stopped=lambda: task.id in _stopped
    )
    _contexts.clear()  # of an earlier search
    _contexts[task.id] = context
    return context


def _cache() -> Path:
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    return cache_folder()


def _take_oof(folder: Path) -> dict[int, bytes]:
    """Take the saved predictions out of the folder: they belong into the study's, on another machine."""
    files = {}
    for path in oof_path(folder, 0).parent.glob("trial-*.npz"):
        files[int(path.stem.removeprefix("trial-"))] = path.read_bytes()
        path.unlink()
    return files


def stop_search(task_id: str) -> None:
    """Stop the trials of a search on this worker at their next step."""
    _stopped.add(task_id)
