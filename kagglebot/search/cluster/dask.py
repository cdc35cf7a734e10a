"""A search on a Dask cluster: each trial is a task, the study stays here.

Workers reach the study, and the data they lack, through one port of this process: a relay, which is Optuna's gRPC
proxy in front of whatever storage the study has. So a worker needs no credentials and no shared disk, and a study
in a folder can be searched by a cluster. A task is bound to one worker: when the scheduler says that a worker is
gone, its trial is known, and its settings run again elsewhere.
"""

import logging
import pickle
import queue
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit, Note, TrialEnded
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.paths import StudyLocation
from kagglebot.search.cluster.data_transfer import make_bundle, offer
from kagglebot.search.cluster.task import Taken, Task, stop, take_trial
from kagglebot.search.storage.grpc_proxy import serve
from kagglebot.search.storage.journal import open_storage
from kagglebot.search.storage.study import RUN
from kagglebot.search.tune import WorkerCrashed
from kagglebot.search.workers.heartbeat import host_id
from kagglebot.search.workers.loop import Tally, Turn
from kagglebot.search.workers.stale_trials import close_dead
from kagglebot.study_config.schema import Definition
from kagglebot.system.files import atomic_write
from kagglebot.training.oof_predictions import oof_path

#: Seconds for a scheduler to answer, and between two looks at the cluster.
CONNECT_SECONDS, LOOK_SECONDS = 15, 0.5
#: Workers that may be lost in the middle of a trial with no trial ended in between, beyond one for each there was.
LOSSES = 3


@dataclass(frozen=True)
class Job:
    """A search to be run on a cluster.

    Attributes:
        location: Where the study lives, here.
        definition: What it is.
        data: ``data/COMPETITION``, here.
        study: The study, opened.
        trials: How many more; None for as many as the time allows.
        deadline: When to end, in seconds since the epoch; None for no limit.
        seed: Seed of the search.
        backend: What Keras nets are trained on.
        stop: An event that asks to stop.
        emit: Called with each event.
        worker_callbacks: Callbacks of which each worker gets a copy.
    """

    location: StudyLocation
    definition: Definition
    data: Path
    study: optuna.Study
    trials: int | None
    deadline: float | None
    seed: int
    backend: str
    stop: Any
    emit: Emit
    worker_callbacks: tuple[Callback, ...] = ()


def search_on_cluster(address: str, job: Job) -> None:
    """Search until the trials or the time are used up, on whatever workers the cluster has by then.

    Raises:
        StudyError: There is no scheduler, it went away, or workers are lost again and again.
        KagglebotError: What ended the last worker, where all ended by an error.
    """
    lock = job.location.folder / "workers" / f"{uuid4().hex}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    bundle = make_bundle(job.data, job.definition.images.rule)
    with _connected(address) as client, FileLock(lock):
        host = _own_host(client.scheduler.address)
        server, port = serve(
            open_storage(job.location.folder, job.location.url), host, 0, handlers=[offer(job.data, bundle)]
        )
        task = Task(
            search=f"kagglebot-{uuid4().hex[:12]}",
            competition=job.location.competition,
            study=job.location.study,
            definition=job.definition,
            relay=f"{host}:{port}",
            bundle=bundle,
            seed=job.seed,
            backend=job.backend,
            lock=lock.name,
            host_id=host_id(job.location.folder),
            callbacks=job.worker_callbacks,
        )
        cluster = _Cluster(client, job, task)
        try:
            cluster.run()
        finally:
            for trial in cluster.running():  # abandoned: nobody works on it any more
                close_dead(job.study, trial, "its search on the cluster ended")
            server.stop(grace=1).wait()
            lock.unlink(missing_ok=True)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Be a client of the scheduler at an address.

    Raises:
        StudyError: Dask is not installed, the address is none, or nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise StudyError(
            "A Dask cluster needs Dask, which is not installed.", "Run: pip install 'kagglebot[cluster]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"No Dask scheduler answers at {address}.",
            "Start one with `dask scheduler`, and give the tcp:// address that it prints.",
        ) from error
    with client:
        try:
            yield client
        except OSError as error:  # among them Dask's CommClosedError
            raise StudyError(
                f"The Dask scheduler at {address} does not answer any more: {error}.",
                "Start the same command again once it does; finished trials are kept.",
            ) from error


def _own_host(scheduler: str) -> str:
    """Give this machine's address on the network where the scheduler is."""
    from distributed.comm.addressing import get_local_address_for, parse_host_port, unparse_host_port

    local = get_local_address_for(scheduler).rpartition("://")[2]
    host, _ = parse_host_port(local, 0)
    return str(unparse_host_port(host))


@dataclass
class _Worker:
    """A worker of the cluster, and the task it has."""

    number: int
    future: Any = None
    tally: Tally = field(default_factory=Tally)
    over: bool = False


class _Cluster:
    """The workers there are, and what they are at."""

    def __init__(self, client: Any, job: Job, task: Task) -> None:
        self._client, self._job, self._task = client, job, task
        self._events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._workers: dict[str, _Worker] = {}
        self._left = job.trials
        self._seen = self._lost = 0
        self._exhausted = False
        self._error: KagglebotError | None = None

    def run(self) -> None:
        """Give every worker trials, those that join late too, until there is no more to do."""
        self._client.subscribe_topic(self._task.search, lambda event: self._events.put(event[1]))
        began, told_to_stop, told_to_wait = time.monotonic(), False, False
        while True:
            there = self._client.nthreads()
            for address in [address for address in self._workers if address not in there]:
                self._lose(self._workers.pop(address))
            for address in there:
                self._look_at(address)
            self._hear()
            if self._is_over() and not any(worker.future for worker in self._workers.values()):
                break
            if self._job.stop.is_set() and not told_to_stop:
                told_to_stop = True
                self._client.run(stop, self._task.search, on_error="ignore")
            if not there and not told_to_wait and time.monotonic() - began > CONNECT_SECONDS:
                told_to_wait = True
                self._job.emit(Note("The cluster has no workers; the search goes on when one joins."))
            time.sleep(LOOK_SECONDS)
        if self._error is not None:
            raise self._error

    def running(self) -> list[FrozenTrial]:
        """The trials of this search that nobody has closed."""
        trials = self._job.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [trial for trial in trials if trial.user_attrs.get(RUN, {}).get("lock") == self._task.lock]

    def _is_over(self) -> bool:
        """Tell whether no more trials are to be taken."""
        late = self._job.deadline is not None and time.time() > self._job.deadline
        nobody = bool(self._workers) and all(worker.over for worker in self._workers.values())
        return self._job.stop.is_set() or self._exhausted or self._left == 0 or late or nobody

    def _look_at(self, address: str) -> None:
        """Take in what a worker's task came to, and give it another."""
        worker = self._workers.get(address)
        if worker is None:
            worker = self._workers[address] = _Worker(self._seen)
            self._seen += 1
        if worker.future is not None and worker.future.done():
            self._take_in(worker)
        if worker.future is None and not worker.over and not self._is_over():
            self._count(-1)
            deadline = self._job.deadline
            seconds = None if deadline is None else deadline - time.time()
            worker.future = self._client.submit(
                take_trial,
                self._task,
                worker.number,
                seconds,
                worker.tally.late,
                workers=[address],
                pure=False,
            )

    def _take_in(self, worker: _Worker) -> None:
        future, worker.future = worker.future, None
        if future.status != "finished":
            self._fail(worker, future.exception())
            return
        taken: Taken = future.result()
        for number, content in taken.held_out.items():
            with atomic_write(oof_path(self._job.location.folder, number)) as temporary:
                temporary.write_bytes(content)
        if taken.turn in (Turn.TOO_LONG, Turn.NOTHING_NEW):
            self._count(1)
        worker.over = worker.tally.is_over(taken.turn)
        if worker.tally.exhausted and not self._exhausted:
            self._exhausted = True
            self._job.emit(Note("Every setting in the search space has been tried."))

    def _fail(self, worker: _Worker, error: BaseException) -> None:
        """Leave out a worker that cannot do its work; where none can, the error is the search's."""
        if not isinstance(error, KagglebotError):
            error = WorkerCrashed("".join(traceback.format_exception(error)))
        worker.over = True
        self._bury(worker, "its worker failed")
        self._job.emit(Note(f"Worker {worker.number} is left out: {error.message}"))
        if all(other.over for other in self._workers.values()):
            self._error = error

    def _lose(self, worker: _Worker) -> None:
        """A worker is gone from the cluster: what it was at runs again elsewhere."""
        if worker.future is None:
            return
        worker.future.cancel()
        self._lost += 1
        self._bury(worker, "its worker is gone from the cluster")
        self._job.emit(Note(f"Worker {worker.number} is gone from the cluster; its trial runs again elsewhere."))
        if self._lost > LOSSES + self._seen:
            self._job.stop.set()
            self._error = StudyError(
                f"{self._lost} workers in a row were lost in the middle of a trial.",
                "Give workers more memory or the study a smaller search space; Dask's own logs may say more.",
            )

    def _bury(self, worker: _Worker, reason: str) -> None:
        self._count(1)
        for trial in self.running():
            if trial.user_attrs[RUN]["worker"] != worker.number:
                continue
            if close_dead(self._job.study, trial, reason) is not None:
                self._job.emit(TrialEnded(trial.number, worker.number, "interrupted", None, reason, 0.0))

    def _count(self, change: int) -> None:
        if self._left is not None:
            self._left += change

    def _hear(self) -> None:
        """Pass on what the workers told meanwhile."""
        while not self._events.empty():
            event = pickle.loads(self._events.get())
            if isinstance(event, TrialEnded):
                self._lost = 0
            self._job.emit(event)
