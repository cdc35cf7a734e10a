"""A search from outside: workers are started, listened to, replaced, and stopped in time."""

import multiprocessing
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from kagglebot.datasets.dataset import load_dataset
from kagglebot.datasets.metrics import METRICS
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.machine import available_cores
from kagglebot.search.definition import Definition
from kagglebot.search.events import Event, Listener, Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.search.objective import make_splits
from kagglebot.search.study import Place, open_study, sweep
from kagglebot.search.worker import Assignment, Done, work
from kagglebot.training.backends import DEFAULT
from kagglebot.training.measured import read_measured

#: Memory a worker may come to need, TensorFlow included.
WORKER_BYTES = 1_500_000_000
MOST_JOBS = 8
#: Workers that may die in a row, without a trial ended in between, before the search gives up.
DEATHS = 3


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

    tell: Listener
    tickets: Any
    stop: Any
    workers: list[_Worker] = field(default_factory=list)
    deaths: int = 0
    error: KagglebotError | None = None


def most_jobs() -> int:
    """Workers that this machine carries: one a core, as far as memory goes."""
    memory = int(psutil.virtual_memory().available // WORKER_BYTES)
    return max(1, min(available_cores(), memory, MOST_JOBS))


def auto_jobs(backend: str = DEFAULT) -> int:
    """Workers for this machine: as many as were measured to be fastest; before that one a core.

    One thread a process mostly wastes less than several threads on one small net.
    """
    measured = read_measured()
    most = most_jobs()
    return most if measured is None else min(most, measured.jobs(backend) or most)


def tune(
    place: Place,
    definition: Definition,
    data: Path,
    *,
    trials: int | None,
    timeout_seconds: float | None,
    jobs: int | None = None,
    seed: int | None = None,
    backend: str = DEFAULT,
    on_event: Listener | None = None,
) -> None:
    """Run more trials of a study, in worker processes, until their number or the time is used up.

    Args:
        place: Where the study lives.
        definition: What it is.
        data: ``data/COMPETITION``, fetched before.
        trials: How many more; None for as many as the time allows.
        timeout_seconds: When to end; trials are laid out to be over by then.
        jobs: Worker processes; None takes ``auto_jobs``.
        seed: Seed of the search; None takes the definition's.
        backend: What Keras nets are trained on.
        on_event: Told what happens.

    Raises:
        DataError: The competition was not fetched, or no rows can be held out.
        StudyError: The study cannot go on with this definition or metric, or workers keep dying.
        TuneStopped: The user stopped it.
    """
    tell = on_event or (lambda event: None)
    deadline = None if timeout_seconds is None else time.time() + timeout_seconds
    # Here once, for all workers: the decoding of a shape that is new, and the refusal of what cannot be validated.
    dataset = load_dataset(data, definition.images.rule)
    metric = METRICS[dataset.schema.metric]
    make_splits(definition, dataset.train_labels, metric)
    study, notes = open_study(place, definition, metric)
    tell(SearchStarted(metric))
    for dead in sweep(study, place):
        notes.append(f"Trial {dead} was cut off when its process died; its settings run again.")
    for note in notes:
        tell(Note(note))
    context = multiprocessing.get_context("spawn")
    count = max(1, min(jobs or auto_jobs(backend), trials or MOST_JOBS * 8))
    threads = max(1, available_cores() // count)
    search = _Search(tell, None if trials is None else context.Semaphore(trials), context.Event())
    with _stop_signals(search):
        for worker in range(count):
            assignment = Assignment(
                place,
                definition,
                data,
                worker=worker,
                seed=definition.seed if seed is None else seed,
                threads=threads,
                deadline=deadline,
                backend=backend,
            )
            _start(search, context, assignment)
        try:
            while any(worker.done is None for worker in search.workers):
                _listen(search, context, study, place)
        finally:
            _end_all(search)
    if search.error is not None:
        raise search.error
    if search.stop.is_set():
        raise TuneStopped


def _start(search: _Search, context: Any, assignment: Assignment) -> None:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(assignment, theirs, search.tickets, search.stop), daemon=False)
    process.start()
    theirs.close()
    search.workers.append(_Worker(process, ours, assignment))


def _listen(search: _Search, context: Any, study: Any, place: Place) -> None:
    """Take in what the workers tell; one that fell silent for good is replaced."""
    living = [worker for worker in search.workers if worker.done is None]
    for ready in wait([worker.events for worker in living], timeout=0.5):
        worker = next(worker for worker in living if worker.events is ready)
        try:
            message = worker.events.recv()
        except (EOFError, OSError):
            _bury(search, context, worker, study, place)
            continue
        if isinstance(message, Done):
            _finish(search, worker, message)
        else:
            _note_trial(search, worker, message)
            search.tell(message)


def _note_trial(search: _Search, worker: _Worker, event: Event) -> None:
    if isinstance(event, TrialStarted):
        worker.trial = event.number
    elif isinstance(event, TrialEnded):
        worker.trial, search.deaths = None, 0


def _finish(search: _Search, worker: _Worker, done: Done) -> None:
    worker.done = done
    if done.exhausted:
        search.tell(Note("Every setting in the search space has been tried."))
    if done.error is not None or done.bug:
        # Nothing that only this worker could meet: the others stop too, and keep what they have.
        search.stop.set()
        search.error = done.error or RuntimeErrorInWorker(done.bug)


class RuntimeErrorInWorker(StudyError):
    """A worker met a bug of kagglebot's; ``report`` is its traceback."""

    def __init__(self, report: str) -> None:
        super().__init__(
            f"A worker failed unexpectedly: {report.strip().splitlines()[-1]}",
            "This is a bug: run again with --debug and report what it prints. Finished trials are kept.",
        )
        self.report = report


def _bury(search: _Search, context: Any, worker: _Worker, study: Any, place: Place) -> None:
    worker.process.join()
    worker.done = Done()
    search.deaths += 1
    sweep(study, place)
    code = worker.process.exitcode
    cause = "killed, perhaps for want of memory" if code == -signal.SIGKILL else f"gone with exit code {code}"
    if worker.trial is not None:
        search.tell(
            TrialEnded(worker.trial, worker.assignment.worker, "interrupted", None, f"worker {cause}", 0.0)
        )
    if search.stop.is_set():
        return
    if search.deaths > DEATHS:
        search.stop.set()
        search.error = StudyError(
            f"{search.deaths} workers in a row were {cause}.",
            "Use fewer --jobs or a smaller search space; worker.log in the study's folder may say more.",
        )
        return
    search.tell(Note(f"Worker {worker.assignment.worker} was {cause}; another takes its place."))
    if search.tickets is not None and worker.trial is not None:
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
            for worker in search.workers:
                if worker.process.is_alive():
                    worker.process.kill()
            return
        search.stop.set()
        search.tell(Note("Stopping: finished trials are kept, running ones start again next time."))

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
