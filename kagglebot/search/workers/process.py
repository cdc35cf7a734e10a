"""A worker process: takes trials from the study until there are no more to take."""

import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
from filelock import FileLock

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit
from kagglebot.errors import KagglebotError
from kagglebot.paths import StudyLocation
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.study_config.schema import Definition
from kagglebot.system.files import disk_errors
from kagglebot.training.keras.backends import DEFAULT, backend, use_backend
from kagglebot.training.subprocess import WORKER_LOG, begin, limit_threads

if TYPE_CHECKING:
    from kagglebot.search.workers.loop import WorkerContext

#: Memory that a worker may come to hold beyond what it had after its first trial, until another takes its place:
#: what TensorFlow compiles for a net is not all given back.
GROWTH_BYTES = 48_000_000


@dataclass(frozen=True)
class Assignment:
    """What a worker is to do; goes to its process as it is.

    Attributes:
        location: Where the study lives.
        definition: What it is.
        data: ``data/COMPETITION``.
        worker: Number of the worker, from 0.
        seed: Seed of the search.
        threads: Threads a step may use.
        deadline: When trials should be over, in seconds since the epoch; None for no limit.
        backend: What Keras nets are trained on.
        host_id: The folder on the machine whose locks tell that its trials live.
        growth_bytes: Memory it may come to hold beyond what it had after its first trial.
        callbacks: Callbacks that follow this worker's trials.
    """

    location: StudyLocation
    definition: Definition
    data: Path
    worker: int
    seed: int
    threads: int
    deadline: float | None
    backend: str = DEFAULT
    host_id: str = ""
    growth_bytes: int = GROWTH_BYTES
    callbacks: tuple[Callback, ...] = ()


@dataclass(frozen=True)
class Done:
    """The worker's last word: how it ended, and the error where one ended it.

    With ``renew`` it has trials to take still, and another process should go on in its place.
    """

    exhausted: bool = False
    renew: bool = False
    error: KagglebotError | None = None
    bug: str = ""


def work(assignment: Assignment, events: Connection, tickets: Any, stop: Any) -> None:
    """Run trials while there are tickets and time; everything told goes through ``events``.

    Args:
        assignment: What to do.
        events: Where ``Event`` objects and, last, ``Done`` go.
        tickets: A semaphore with one ticket a trial; None where only the clock ends the search.
        stop: An event that asks to stop at the next step.
    """
    folder = assignment.location.folder
    lock = folder / "workers" / f"{uuid4().hex}.lock"
    try:
        with disk_errors(f"write into {folder}"):
            begin(folder / WORKER_LOG)
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock):
                done = _run(assignment, events, tickets, stop, lock.name)
    except KagglebotError as error:
        done = Done(error=error)
    except Exception:
        done = Done(bug=traceback.format_exc())
    finally:
        lock.unlink(missing_ok=True)
    events.send(done)
    events.close()


def _run(assignment: Assignment, events: Connection, tickets: Any, stop: Any, lock: str) -> Done:
    limit_threads(assignment.threads)
    from kagglebot.search.workers.loop import Tally, Turn, take_turn

    bench = prepare(assignment, lock, stopped=stop.is_set, emit=events.send)
    tally, level = Tally(), sys.maxsize
    while not stop.is_set() and (assignment.deadline is None or time.time() < assignment.deadline):
        if tickets is not None and not tickets.acquire(block=False):
            break
        with storage_errors(assignment.location.url):
            turn = take_turn(bench, late=tally.late)
        if turn in (Turn.TOO_LONG, Turn.NOTHING_NEW) and tickets is not None:
            tickets.release()
        if tally.is_over(turn):
            break
        size = psutil.Process().memory_info().rss
        if turn is Turn.WORKED and size > (level := min(level, size)) + assignment.growth_bytes:
            return Done(renew=True)
    return Done(exhausted=tally.exhausted)


def prepare(assignment: Assignment, lock: str, *, stopped: Callable[[], bool], emit: Emit) -> "WorkerContext":
    """Open the study and the data, and lay out what all trials of a worker have in common.

    Raises:
        DataError: The data is not there, or no rows can be held out.
        StudyError: The study cannot be opened.
        UsageError: The backend is not installed, or the process has trained on another.
    """
    from kagglebot.callbacks.dispatch import Dispatcher
    from kagglebot.callbacks.events import SearchStarted
    from kagglebot.datasets.dataset import load_dataset
    from kagglebot.metrics.registry import get_metric
    from kagglebot.models.registry import get_family
    from kagglebot.search.storage.study import open_study
    from kagglebot.search.trial.callback import Conditions
    from kagglebot.search.trial.objective import make_splits
    from kagglebot.search.workers.heartbeat import Heartbeat
    from kagglebot.search.workers.loop import WorkerContext
    from kagglebot.training.learner import image_shape

    definition = assignment.definition
    if get_family(definition.family).engine == "keras":
        use_backend(assignment.backend)
        backend()  # here, so that its import is no part of the first trial's time
    dataset = load_dataset(assignment.data, definition.images.rule)
    metric = get_metric(dataset.schema.metric)
    with storage_errors(assignment.location.url):
        study, _ = open_study(assignment.location, definition, metric)
    dispatch = Dispatcher([Heartbeat(study), *assignment.callbacks], forward=emit)
    location = assignment.location
    dispatch.call_hooks(SearchStarted(metric, None, None, location.study, location.competition, location.folder))
    conditions = Conditions(
        seed=assignment.seed,
        worker=assignment.worker,
        folder=assignment.location.folder,
        lock=lock,
        threads=assignment.threads,
        deadline=assignment.deadline,
        stopped=stopped,
        emit=dispatch,
        limits=get_family(definition.family).limits(image_shape(dataset.train_images)),
        metric=metric,
        splits=make_splits(definition, dataset.train_labels, metric),
        host_id=assignment.host_id,
    )
    return WorkerContext(study, definition, dataset, conditions)
