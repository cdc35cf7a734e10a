"""A pool of worker processes on this machine."""

import math
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import optuna

from kagglebot.callbacks.events import Emit, TrialEnded, TrialStarted
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.workers.pool import WorkerCrashed, WorkerPool
from kagglebot.search.workers.pool_connection import PoolConnection, StopFlag, TrialRequest
from kagglebot.search.workers.worker_process import WorkerExit, run_worker
from kagglebot.system.hardware.gpu import card_for_child
from kagglebot.system.processes.child_processes import starting
from kagglebot.training.machine.child_process import how_it_ended

#: Workers that may die in a row before the search gives up; a trial's first death is not counted.
MOST_DEATHS = 3
#: Memory that a worker may gain after its first trial before another takes its place, whose start takes seconds:
#: TensorFlow does not free all that it compiles for a net. It is this share of what a worker may take, at least so
#: many bytes and at most so many.
GROWTH_SHARE, LEAST_GROWTH_BYTES, GROWTH_BYTES = 1 / 16, 48_000_000, 256_000_000
#: Seconds that a worker has to end once it is asked to.
END_SECONDS = 30


@dataclass
class _Worker:
    number: int
    process: BaseProcess
    events: Connection
    trial: int | None = None
    is_ready: bool = False  # has asked for a trial
    ended: bool = False
    started: float = field(default_factory=time.monotonic)


class LocalPool(WorkerPool):
    """Worker processes that take trials from the study by themselves, until the requested number has run.

    A worker runs many trials, is replaced when its memory grows, and dies with this process however that ends: an
    executor's processes do neither. Training steps of each of the ``jobs`` workers use ``threads`` threads,
    and the card with its number among ``cards``, by UUID, if there are any.
    """

    def __init__(
        self,
        search: SearchContext,
        study: optuna.Study,
        trials: int | None,
        emit: Emit,
        *,
        jobs: int,
        threads: int,
        cards: Sequence[str] = (),
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        super().__init__(search, study, emit, StopFlag())
        self._remaining = math.inf if trials is None else trials
        self._jobs, self._threads, self._cards = jobs, threads, cards
        self._workers: list[_Worker] = []
        #: Seconds that the last worker took from its start to its first trial: it imports TensorFlow. 0 of none.
        self._start_seconds = 0.0

    def start(self) -> None:
        """Start the processes."""
        try:
            for number in range(self._jobs):
                self._start_worker(number)
        except BaseException:
            self.close()
            raise

    def _start_worker(self, number: int) -> None:
        ours, theirs = self._context.Pipe()
        options = {
            "threads": self._threads,
            "growth_bytes": growth_bytes(self.search.memory),
            "pool": PoolConnection(theirs, self.stop),
        }
        process = self._context.Process(
            target=run_worker, args=(self.search, number), kwargs=options, daemon=False
        )
        with starting(), card_for_child(self._cards[number] if self._cards else None):
            process.start()
        theirs.close()
        self._workers.append(_Worker(number, process, ours))

    @property
    def _living(self) -> list[_Worker]:
        return [worker for worker in self._workers if not worker.ended]

    def is_working(self) -> bool:
        """Return whether a worker runs."""
        return bool(self._living)

    def listen(self) -> None:
        """Handle what the workers report within the next half second; replace those that died."""
        self.look_for_stale_trials()
        for worker in self._living if self._is_over() else []:
            if not worker.is_ready:  # it imports TensorFlow, which takes seconds, and has nothing to lose
                worker.process.kill()
        workers = {worker.events: worker for worker in self._living}
        for ready in wait(list(workers), timeout=0.5):
            worker = workers[ready]  # type: ignore[index]
            try:
                message = worker.events.recv()
            except (EOFError, OSError):
                self._replace_dead(worker)
                continue
            if isinstance(message, WorkerExit):
                self._end(worker, message)
                continue
            if isinstance(message, TrialRequest):
                self._answer(worker, message)
                continue
            if isinstance(message, TrialStarted):
                worker.trial = message.number
            elif isinstance(message, TrialEnded):
                worker.trial = None
            self.handle(message)

    def _is_over(self, seconds: float = 0.0) -> bool:
        """Return whether the search stops, or its time is over in so many seconds."""
        left = self.search.seconds_left()
        return self.stop.is_set() or (left is not None and left <= seconds)

    def _answer(self, worker: _Worker, request: TrialRequest) -> None:
        if not worker.is_ready:
            worker.is_ready, self._start_seconds = True, time.monotonic() - worker.started
        if request is TrialRequest.RETURNED:
            self._remaining += 1
            return
        granted = self._remaining > 0
        self._remaining -= granted
        with suppress(OSError):  # it died, as the next look shows
            worker.events.send(granted)

    def _end(self, worker: _Worker, last: WorkerExit) -> None:
        worker.ended = True
        if last.replace and not self._is_over(self._start_seconds):
            self._start_worker(worker.number)
        if last.exhausted:
            self.note_exhausted()
        if last.error is not None or last.bug:
            # Others would meet the same error: they stop, and keep what they have.
            self.fail(last.error or WorkerCrashed(last.bug))

    def _replace_dead(self, worker: _Worker) -> None:
        worker.process.join()
        worker.ended = True
        if not worker.is_ready and self._is_over():  # it was killed as there was nothing left to do
            return
        cause = how_it_ended(worker.process.exitcode)
        # A trial is tried once more before its worker's death counts.
        closed = self.close_stale_trials()
        again = any(closed.values()) if worker.trial is None else closed.get(worker.trial, True)
        if worker.trial is not None:
            self.report_death(worker.trial, worker.number, f"worker {cause}", again=again)
        if not again:
            remedy = "Use fewer --jobs or a smaller search space"
            if (worker.process.exitcode or 0) > 0:  # it ended itself: no lack of memory
                remedy = "Unset variables such as TF_XLA_FLAGS"
            hint = f"{remedy}; worker.log in the study's folder may say more."
            self.count_death(MOST_DEATHS, f"were {cause}", hint)
        if self.stop.is_set():
            return
        self.note(f"Worker {worker.number} was {cause}; another takes its place.")
        self._remaining += again
        self._start_worker(worker.number)

    def why_none_ended(self, seconds: float) -> str:
        """Return a sentence that says whether a worker was ready in time."""
        if self._start_seconds:
            ended = super().why_none_ended(seconds).rstrip(".")
            return f"{ended}, of which a worker took {self._start_seconds:.1f} s to start."
        late = f"No trial began within {seconds:g} s, as no worker was ready"
        return f"{late}: each imports its libraries and opens the data first."

    def kill(self) -> bool:
        """Kill the processes; return whether there are any."""
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.kill()
        return bool(self._workers)

    def close(self) -> None:
        """Ask the workers to stop, and kill those that do not within half a minute."""
        if any(worker.process.is_alive() for worker in self._living):
            self.stop.set()
        for worker in self._workers:
            worker.process.join(timeout=END_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.events.close()


def growth_bytes(memory: float | None) -> int:
    """Return how many bytes a worker may gain that may take ``memory`` of them; None if that is not known."""
    return min(GROWTH_BYTES, max(LEAST_GROWTH_BYTES, int(GROWTH_SHARE * (memory or 0))))
