"""A search from outside: workers are started, listened to, replaced, and stopped in time."""

import multiprocessing
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit, Event, Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.datasets.dataset import load_dataset
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.metrics.registry import get_metric
from kagglebot.paths import StudyLocation
from kagglebot.search.announce import announce
from kagglebot.search.storage.rdb import storage_errors
from kagglebot.search.storage.study import open_study
from kagglebot.search.trial.objective import make_splits
from kagglebot.search.workers.count import MOST_JOBS, auto_jobs
from kagglebot.search.workers.failure_patterns import KILLED_TWICE, FailurePatterns
from kagglebot.search.workers.heartbeat import Heartbeats, host_id
from kagglebot.search.workers.process import GROWTH_BYTES, Assignment, Done, work
from kagglebot.search.workers.stale_trials import close_stale_trials
from kagglebot.study_config.schema import Definition
from kagglebot.system.cpu import available_cores
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.subprocess import how_it_ended

#: Workers that may die in a row, without a trial ended in between, before the search gives up; the first death
#: under a trial is not counted.
DEATHS = 3
#: Seconds between two looks for trials whose worker died, this search's or another's. A look costs the storage as
#: much as there are trials running, and everybody takes it: each LOOKED_AT of them, it is that much rarer.
SWEEP_SECONDS, LOOKED_AT, MOST_SWEEP_SECONDS = 10.0, 20, 300.0


class TuneStopped(KeyboardInterrupt):
    """The user stopped the search; finished trials are kept and interrupted ones will run again."""


@dataclass
class _Worker:
    process: BaseProcess
    events: Connection
    assignment: Assignment
    trial: int | None = None
    done: Done | None = None


@dataclass
class _Search:
    """The state of one `tune`."""

    emit: Emit
    tickets: Any
    stop: Any
    workers: list[_Worker] = field(default_factory=list)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    swept: float = field(default_factory=time.monotonic)
    deaths: int = 0
    failure_patterns: FailurePatterns = field(default_factory=FailurePatterns)
    error: KagglebotError | None = None


def tune(
    location: StudyLocation,
    definition: Definition,
    data: Path,
    *,
    trials: int | None,
    timeout_seconds: float | None,
    jobs: int | None = None,
    seed: int | None = None,
    cluster: str | None = None,
    backend: str = DEFAULT,
    on_event: Emit | None = None,
    worker_callbacks: Sequence[Callback] = (),
) -> None:
    """Run more trials of a study, in worker processes, until their number or the time is used up.

    Args:
        location: Where the study lives.
        definition: What it is.
        data: ``data/COMPETITION``, fetched before.
        trials: How many more; None for as many as the time allows.
        timeout_seconds: When to end; trials are laid out to be over by then.
        jobs: Worker processes; None takes ``auto_jobs``.
        seed: Seed of the search; None takes the definition's.
        cluster: Address of a Dask scheduler, whose workers take the trials instead of processes here.
        backend: What Keras nets are trained on.
        on_event: Called with each event.
        worker_callbacks: Callbacks of which each worker gets a copy.

    Raises:
        DataError: The competition was not fetched, or no rows can be held out.
        StudyError: The study cannot go on with this definition or metric, or workers keep dying.
        TuneStopped: The user stopped it.
    """
    deadline = None if timeout_seconds is None else time.time() + timeout_seconds
    # Here once, for all workers: the decoding of a shape that is new, and the refusal of what cannot be validated.
    dataset = load_dataset(data, definition.images.rule)
    metric = get_metric(dataset.schema.metric)
    make_splits(definition, dataset.train_labels, metric)
    with storage_errors(location.url):
        study, notes = open_study(location, definition, metric)
    context = multiprocessing.get_context("spawn")
    started = SearchStarted(metric, trials, timeout_seconds, location.study, location.competition, location.folder)
    with announce(study, started, on_event or (lambda event: None)) as emit:
        search = _Search(emit, None if trials is None else context.Semaphore(trials), context.Event())
        for note in notes:
            emit(Note(note))
        chosen = definition.seed if seed is None else seed
        with storage_errors(location.url), _stop_signals(search):
            _close_stale(search, study, location)
            if cluster is not None:
                from kagglebot.search.cluster.dask import Job, search_on_cluster

                job = Job(
                    location,
                    definition,
                    data,
                    study,
                    trials,
                    deadline,
                    chosen,
                    backend,
                    search.stop,
                    emit,
                    tuple(worker_callbacks),
                )
                search_on_cluster(cluster, job)
            else:
                count = max(1, min(jobs or auto_jobs(backend), trials or MOST_JOBS * 8))
                threads = max(1, available_cores() // count)
                own = host_id(location.folder)
                assignment = Assignment(
                    location,
                    definition,
                    data,
                    0,
                    chosen,
                    threads,
                    deadline,
                    backend,
                    own,
                    GROWTH_BYTES,
                    tuple(worker_callbacks),
                )
                assignments = [replace(assignment, worker=worker) for worker in range(count)]
                _search_here(search, context, study, assignments)
            if search.error is None:
                # a worker that was killed here may have left its trial running
                close_stale_trials(study, location, search.heartbeats)
        if search.error is not None:
            raise search.error
        if search.stop.is_set():
            raise TuneStopped


def _search_here(search: _Search, context: Any, study: Any, assignments: Sequence[Assignment]) -> None:
    """Have a process work on each assignment until there are no more trials to take."""
    for assignment in assignments:
        _start(search, context, assignment)
    try:
        while any(worker.done is None for worker in search.workers):
            _listen(search, context, study, assignments[0].location)
    finally:
        _end_all(search)


def _start(search: _Search, context: Any, assignment: Assignment) -> None:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(assignment, theirs, search.tickets, search.stop), daemon=False)
    process.start()
    theirs.close()
    search.workers.append(_Worker(process, ours, assignment))


def _listen(search: _Search, context: Any, study: Any, location: StudyLocation) -> None:
    """Take in what the workers tell; one that fell silent for good is replaced."""
    pause = min(SWEEP_SECONDS * (1 + search.heartbeats.watched / LOOKED_AT), MOST_SWEEP_SECONDS)
    if time.monotonic() - search.swept > pause:  # others that share the study may have died
        _close_stale(search, study, location)
    living = [worker for worker in search.workers if worker.done is None]
    for ready in wait([worker.events for worker in living], timeout=0.5):
        worker = next(worker for worker in living if worker.events is ready)
        try:
            message = worker.events.recv()
        except (EOFError, OSError):
            _bury(search, context, worker, study, location)
            continue
        if isinstance(message, Done):
            _finish(search, context, worker, message)
        else:
            _note_trial(search, worker, message)
            search.emit(message)


def _close_stale(search: _Search, study: Any, location: StudyLocation) -> None:
    search.swept = time.monotonic()
    for dead, again in close_stale_trials(study, location, search.heartbeats).items():
        what = "its settings run again" if again else "it was the second time, so its settings do not run again"
        search.emit(Note(f"Trial {dead} was cut off when its process died; {what}."))


def _note_trial(search: _Search, worker: _Worker, event: Event) -> None:
    if isinstance(event, TrialStarted):
        worker.trial = event.number
    elif isinstance(event, TrialEnded):
        worker.trial, search.deaths = None, 0
        _note_trouble(search, event)


def _note_trouble(search: _Search, ended: TrialEnded) -> None:
    if text := search.failure_patterns.take(ended):
        search.emit(Note(text))


def _finish(search: _Search, context: Any, worker: _Worker, done: Done) -> None:
    worker.done = done
    if done.renew and not search.stop.is_set():
        _start(search, context, worker.assignment)
    if done.exhausted:
        search.emit(Note("Every setting in the search space has been tried."))
    if done.error is not None or done.bug:
        # Nothing that only this worker could meet: the others stop too, and keep what they have.
        search.stop.set()
        search.error = done.error or WorkerCrashed(done.bug)


class WorkerCrashed(StudyError):
    """A worker met a bug of kagglebot's; ``report`` is its traceback."""

    def __init__(self, report: str) -> None:
        super().__init__(
            f"A worker failed unexpectedly: {report.strip().splitlines()[-1]}",
            "This is a bug: run again with --debug and report what it prints. Finished trials are kept.",
        )
        self.report = report


def _bury(search: _Search, context: Any, worker: _Worker, study: Any, location: StudyLocation) -> None:
    worker.process.join()
    worker.done = Done()
    # A trial that is cut off for the first time is tried once more before anything is concluded.
    dead = close_stale_trials(study, location, search.heartbeats)
    again = any(dead.values()) if worker.trial is None else dead.get(worker.trial, True)
    search.deaths += not again
    cause = how_it_ended(worker.process.exitcode)
    if worker.trial is not None:
        state, reason = ("interrupted", f"worker {cause}") if again else ("failed", KILLED_TWICE)
        ended = TrialEnded(worker.trial, worker.assignment.worker, state, None, reason, 0.0)
        search.emit(ended)
        _note_trouble(search, ended)
    if search.stop.is_set():
        return
    if search.deaths > DEATHS:
        search.stop.set()
        search.error = StudyError(
            f"{search.deaths} workers in a row were {cause}.",
            "Use fewer --jobs or a smaller search space; worker.log in the study's folder may say more.",
        )
        return
    search.emit(Note(f"Worker {worker.assignment.worker} was {cause}; another takes its place."))
    if search.tickets is not None and again:
        search.tickets.release()
    _start(search, context, worker.assignment)


def _end_all(search: _Search) -> None:
    """Ask workers to stop, and end those that do not within a while."""
    if any(worker.process.is_alive() and worker.done is None for worker in search.workers):
        search.stop.set()
    for worker in search.workers:
        worker.process.join(timeout=30)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
        worker.events.close()


@contextmanager
def _stop_signals(search: _Search) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal ask the workers to stop; a second Ctrl-C does not wait for them."""

    def ask_to_stop(number: int, frame: Any) -> None:
        if search.stop.is_set():
            if not search.workers:  # they are a cluster's
                raise TuneStopped
            for worker in search.workers:
                if worker.process.is_alive():
                    worker.process.kill()
            return
        search.stop.set()
        search.emit(Note("Stopping: finished trials are kept, running ones start again next time."))

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    try:
        before = {getattr(signal, name): signal.signal(getattr(signal, name), ask_to_stop) for name in names}
    except ValueError:  # not the main thread: the caller's signals are its own affair
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
