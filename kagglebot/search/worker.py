"""A worker process: takes trials from the study until there are no more to take."""

import signal
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

from kagglebot.errors import KagglebotError
from kagglebot.search.definition import Definition
from kagglebot.search.study import Place
from kagglebot.training.backends import backend, use_backend
from kagglebot.training.processes import WORKER_LOG, begin, limit_threads

#: Nets too slow for the time that is left, in a row, after which no lighter one is looked for.
TOO_LONG = 8
#: Repeated settings in a row after which the search space counts as used up.
TWINS = 25


@dataclass(frozen=True)
class Assignment:
    """What a worker is to do; goes to its process as it is."""

    place: Place
    definition: Definition
    data: Path
    worker: int
    seed: int
    threads: int
    deadline: float | None
    backend: str


@dataclass(frozen=True)
class Done:
    """The worker's last word: how it ended, and the error where one ended it."""

    exhausted: bool = False
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
    begin(assignment.place.folder / WORKER_LOG)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    lock = assignment.place.folder / "workers" / f"{uuid4().hex}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
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
    use_backend(assignment.backend)
    backend()  # here, so that its import is no part of the first trial's time
    from kagglebot.datasets.dataset import load_dataset
    from kagglebot.datasets.metrics import METRICS
    from kagglebot.models.registry import get_family
    from kagglebot.search.objective import make_splits, run_trial
    from kagglebot.search.samplers import SpaceExhausted
    from kagglebot.search.study import ask, open_study
    from kagglebot.search.watcher import Conditions, Interrupted, TooLong
    from kagglebot.training.base import image_shape

    dataset = load_dataset(assignment.data, assignment.definition.images.rule)
    metric = METRICS[dataset.schema.metric]
    study, _ = open_study(assignment.place, assignment.definition, metric)
    conditions = Conditions(
        seed=assignment.seed,
        worker=assignment.worker,
        folder=assignment.place.folder,
        lock=lock,
        threads=assignment.threads,
        deadline=assignment.deadline,
        stopped=stop.is_set,
        tell=events.send,
        limits=get_family(assignment.definition.family).limits(image_shape(dataset.train_images)),
        metric=metric,
        splits=make_splits(assignment.definition, dataset.train_labels, metric),
    )
    twins = too_long = 0
    while not stop.is_set() and (assignment.deadline is None or time.time() < assignment.deadline):
        if tickets is not None and not tickets.acquire(block=False):
            break
        try:
            trial = ask(study, assignment.definition, assignment.seed, assignment.worker, conditions.limits)
            worked = run_trial(study, trial, assignment.definition, dataset, conditions)
        except TooLong:
            too_long += 1
            if tickets is not None:
                tickets.release()
            if too_long >= TOO_LONG:
                break
            continue
        except Interrupted:
            break
        except SpaceExhausted:
            return Done(exhausted=True)
        too_long, twins = 0, 0 if worked else twins + 1
        if not worked and tickets is not None:
            tickets.release()
        if twins >= TWINS:
            return Done(exhausted=True)
    return Done()
