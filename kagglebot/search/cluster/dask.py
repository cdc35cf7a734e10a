"""A search on a Dask cluster: each trial is a task, the study stays here.

Workers reach the study, and the data they lack, through one port of this process: Optuna's gRPC proxy in front of
whatever storage the study has. So a worker needs no credentials and no shared disk, and a study in a folder can be
searched by a cluster. A task is bound to one worker: when the scheduler reports that a worker is gone, its trial
is closed, and the settings run again elsewhere.
"""

import logging
import pickle
import queue
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from kagglebot.callbacks.events import Emit
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.search.cluster.data_transfer import make_bundle, make_handler
from kagglebot.search.cluster.task import TaskResult, make_task, run_task, stop_search
from kagglebot.search.storage.attributes import RUN
from kagglebot.search.storage.grpc_proxy import serve
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.workers.loop import StopRule
from kagglebot.search.workers.pool import WorkerCrashed, WorkerPool
from kagglebot.search.workers.stale_trials import close_stale_trial
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.training.files.oof_predictions import oof_path

#: Seconds for a scheduler to answer, and between two looks at the cluster.
CONNECT_SECONDS, LOOK_SECONDS = 15, 0.5
#: Workers that may be lost during a trial with no trial ended in between, beyond one for each there was.
MOST_DEATHS = 3


@dataclass
class _Worker:
    """A worker of the cluster, and its current task."""

    number: int
    future: Any = None
    rule: StopRule = field(default_factory=StopRule)
    over: bool = False


class DaskPool(WorkerPool):
    """The workers of a Dask cluster, those that join late too; each is given one trial after another."""

    def __init__(
        self, search: SearchContext, study: optuna.Study, trials: int | None, emit: Emit, *, address: str
    ) -> None:
        super().__init__(search, study, emit, threading.Event())
        self._address = address
        self._events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._workers: dict[str, _Worker] = {}
        self._remaining = trials
        self._seen = 0
        self._started = time.monotonic()
        self._sent_stop = self._noted_empty = False

    def start(self) -> None:
        """Connect to the scheduler, and serve the study and the data to its workers.

        Raises:
            StudyError: Dask is not installed, or no scheduler answers at the address.
        """
        search, location = self.search, self.search.location
        lock = location.folder / "workers" / f"{uuid4().hex}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        bundle = make_bundle(search.data, search.definition.images.rule)
        with ExitStack() as stack:
            self._client = stack.enter_context(_connect(self._address))
            with _scheduler_errors(self._address):
                stack.enter_context(FileLock(lock))
                stack.callback(lock.unlink, missing_ok=True)
                host = _own_host(self._client.scheduler.address)
                handlers = [make_handler(search.data, bundle)]
                server, port = serve(open_storage(location.folder, location.url), host, 0, handlers=handlers)
                stack.callback(lambda: server.stop(grace=1).wait())
                self._task = make_task(search, f"{host}:{port}", bundle, lock.name)
                stack.callback(self._close_running)
                self._client.subscribe_topic(self._task.id, lambda event: self._events.put(event[1]))
            self._stack = stack.pop_all()

    def is_working(self) -> bool:
        """Return whether a worker runs a trial, or more trials are to be run."""
        return not self._is_over() or any(worker.future for worker in self._workers.values())

    def _is_over(self) -> bool:
        """Return whether no more trials are to be started."""
        left = self.search.seconds_left()
        late = left is not None and left < 0
        nobody = bool(self._workers) and all(worker.over for worker in self._workers.values())
        return self.stop.is_set() or self._exhausted or self._remaining == 0 or late or nobody

    def listen(self) -> None:
        """Look at each worker once: take its result, give it another trial, note if it is gone.

        Raises:
            StudyError: The scheduler went away.
        """
        with _scheduler_errors(self._address):
            there = self._client.nthreads()
            for address in [address for address in self._workers if address not in there]:
                self._lose(self._workers.pop(address))
            for address in there:
                self._look_at(address)
            while not self._events.empty():
                self.handle(pickle.loads(self._events.get()))
            if self.stop.is_set() and not self._sent_stop:
                self._sent_stop = True
                self._client.run(stop_search, self._task.id, on_error="ignore")
            if not there and not self._noted_empty and time.monotonic() - self._started > CONNECT_SECONDS:
                self._noted_empty = True
                self.note("The cluster has no workers; the search goes on when one joins.")
            if self.is_working():
                time.sleep(LOOK_SECONDS)

    def kill(self) -> bool:
        """Return False: the workers belong to the cluster."""
        return False

    def close(self) -> None:
        """Close the trials that still run, and end the connections."""
        self._stack.close()

    def _close_running(self) -> None:
        for trial in self._running():
            close_stale_trial(self.study, trial, "its search on the cluster ended")

    def _running(self) -> list[FrozenTrial]:
        """Return the trials of this search that are not closed."""
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [trial for trial in trials if trial.user_attrs.get(RUN, {}).get("lock") == self._task.lock]

    def _look_at(self, address: str) -> None:
        worker = self._workers.get(address)
        if worker is None:
            worker = self._workers[address] = _Worker(self._seen)
            self._seen += 1
        if worker.future is not None and worker.future.done():
            self._take_result(worker)
        if worker.future is None and not worker.over and not self._is_over():
            self._count(-1)
            arguments = (self._task, worker.number, self.search.seconds_left(), worker.rule.late)
            worker.future = self._client.submit(run_task, *arguments, workers=[address], pure=False)

    def _take_result(self, worker: _Worker) -> None:
        future, worker.future = worker.future, None
        if future.status != "finished":
            self._leave_out(worker, future.exception())
            return
        result: TaskResult = future.result()
        for number, content in result.oof.items():
            with atomic_write(oof_path(self.search.location.folder, number)) as temporary:
                temporary.write_bytes(content)
        if not result.outcome.counts:
            self._count(1)
        worker.over = worker.rule.is_over(result.outcome)
        if worker.rule.exhausted:
            self.note_exhausted()

    def _leave_out(self, worker: _Worker, error: BaseException) -> None:
        """Exclude a worker whose task failed; if no other is left, the error ends the search."""
        if not isinstance(error, KagglebotError):
            error = WorkerCrashed("".join(traceback.format_exception(error)))
        worker.over = True
        self._close_trial(worker, "its worker failed")
        self.note(f"Worker {worker.number} is left out: {error.message}")
        if all(other.over for other in self._workers.values()):
            self.error = error

    def _lose(self, worker: _Worker) -> None:
        """Close the trial of a worker that is gone from the cluster."""
        if worker.future is None:
            return
        worker.future.cancel()
        self._close_trial(worker, "its worker is gone from the cluster")
        self.note(f"Worker {worker.number} is gone from the cluster; its trial runs again elsewhere.")
        self.count_death(
            MOST_DEATHS + self._seen,
            "were lost during a trial",
            "Give workers more memory or the study a smaller search space; Dask's own logs may say more.",
        )

    def _close_trial(self, worker: _Worker, reason: str) -> None:
        self._count(1)
        for trial in self._running():
            if trial.user_attrs[RUN]["worker"] != worker.number:
                continue
            if (again := close_stale_trial(self.study, trial, reason)) is not None:
                self.report_death(trial.number, worker.number, reason, again=again)

    def _count(self, change: int) -> None:
        if self._remaining is not None:
            self._remaining += change


def _connect(address: str) -> Any:
    """Return a client of the scheduler at an address.

    Raises:
        StudyError: Dask is not installed, the address is not valid, or nothing answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise StudyError(
            "A Dask cluster needs Dask, which is not installed.", "Run: pip install 'kagglebot[cluster]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"No Dask scheduler answers at {address}.",
            "Start one with `dask scheduler`, and pass the tcp:// address that it prints.",
        ) from error


@contextmanager
def _scheduler_errors(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # among them Dask's CommClosedError
        raise StudyError(
            f"The Dask scheduler at {address} does not answer any more: {error}.",
            "Run the same command again once it does; finished trials are kept.",
        ) from error


def _own_host(scheduler: str) -> str:
    """Return this machine's address on the network of the scheduler."""
    from distributed.comm.addressing import get_local_address_for, parse_host_port, unparse_host_port

    local = get_local_address_for(scheduler).rpartition("://")[2]
    host, _ = parse_host_port(local, 0)
    return str(unparse_host_port(host))
