"""A worker process: it runs trials of the study until there are no more to run."""

import gc
import sys
import time
import traceback
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil
from filelock import FileLock

from kagglebot.errors import KagglebotError
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.workers.pool_connection import PoolConnection
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.processes.garbage import no_collection
from kagglebot.training.machine.child_process import WORKER_LOG, begin, limit_threads


@dataclass(frozen=True)
class WorkerExit:
    """The last message of a worker process.

    Attributes:
        exhausted: Whether every setting of the search space has been tried.
        replace: Whether its memory has grown and another process should replace it.
        error: The error that ended it.
        bug: Traceback of an unexpected error.
    """

    exhausted: bool = False
    replace: bool = False
    error: KagglebotError | None = None
    bug: str = ""


def run_worker(
    search: SearchContext,
    worker: int,
    *,
    threads: int,
    growth_bytes: int,
    pool: PoolConnection,
) -> None:
    """Run trials while there are any left and there is time; this is the worker process's main function.

    The process may gain ``growth_bytes`` of memory after its first trial. ``pool`` gets its events and, last, a
    ``WorkerExit``.
    """
    folder = search.location.folder
    lock = folder / "workers" / f"{uuid4().hex}.lock"
    try:
        with disk_errors(f"write into {folder}"):
            begin(folder / WORKER_LOG, sigterm=lambda *_: pool.stop.set())
            lock.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(lock):
                limit_threads(threads)  # before TensorFlow is imported
                from kagglebot.search.workers.loop import open_worker

                stopped = pool.stop.is_set
                with no_collection():
                    context = open_worker(
                        search, worker=worker, lock=lock.name, threads=threads, emit=pool.send, stopped=stopped
                    )
                    gc.freeze()  # else garbage is searched for among all that was imported while nets are built
                last = _run_trials(context, growth_bytes, pool)
    except KagglebotError as error:
        last = WorkerExit(error=error)
    except Exception:
        last = WorkerExit(bug=traceback.format_exc())
    finally:
        lock.unlink(missing_ok=True)
    pool.send(last)
    pool.events.close()


def _run_trials(context: Any, growth_bytes: int, pool: PoolConnection) -> WorkerExit:
    from kagglebot.search.workers.loop import StopRule, run_next_trial

    rule, deadline, smallest = StopRule(), context.search.deadline, sys.maxsize
    while not context.stopped() and (deadline is None or time.time() < deadline):
        if not pool.next_trial():
            break
        outcome = run_next_trial(context, late=rule.late)
        if not outcome.counts:
            pool.return_trial()
        if rule.is_over(outcome):
            break
        size = psutil.Process().memory_info().rss
        if outcome.was_trained and size > (smallest := min(smallest, size)) + growth_bytes:
            return WorkerExit(replace=True)
    return WorkerExit(exhausted=rule.exhausted)
