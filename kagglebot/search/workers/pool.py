"""The pool of a search's workers: what every pool has in common, wherever its workers run."""

import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, Self

import optuna

from kagglebot.callbacks.events import Emit, Event, Note, TrialEnded
from kagglebot.errors import KagglebotError, StudyError
from kagglebot.search.trial.context import SearchContext
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.workers.failure_patterns import FailurePatterns
from kagglebot.search.workers.heartbeat import HOME, HeartbeatMonitor
from kagglebot.search.workers.stale_trials import KILLED_TWICE, close_stale_trials
from kagglebot.system.logging import deleted
from kagglebot.training.learner import FailureKind

#: Seconds between two looks for stale trials, of this search or another on the study. A look costs the storage as
#: much as there are running trials, and every search takes it: with each TRIALS_LOOKED_AT of them it comes later.
LOOK_SECONDS, TRIALS_LOOKED_AT, MOST_LOOK_SECONDS = 10.0, 20, 300.0


class WorkerCrashed(StudyError):
    """A worker met a bug of kagglebot's; ``report`` is the traceback."""

    def __init__(self, report: str) -> None:
        super().__init__(
            f"A worker failed unexpectedly: {report.strip().splitlines()[-1]}",
            "This is a bug: run again with --debug and report what it prints. Finished trials are kept.",
        )
        self.report = report


class WorkerPool(ABC):
    """The workers of one search.

    As a context manager it starts the workers, and stops those that still run at the end.

    Attributes:
        stop: An event that asks the workers to stop.
        error: The error that ended the search; None while there is none.
        deaths: Workers that died in a row with no trial ended in between.
    """

    def __init__(self, search: SearchContext, study: optuna.Study, emit: Emit, stop: Any) -> None:
        self.search, self.study, self.stop = search, study, stop
        self.error: KagglebotError | None = None
        self.deaths = 0
        self._emit = emit
        self._heartbeats = HeartbeatMonitor()
        self._patterns = FailurePatterns()
        self._looked = time.monotonic()
        self._exhausted = False

    @abstractmethod
    def start(self) -> None:
        """Start the workers."""

    @abstractmethod
    def is_working(self) -> bool:
        """Return whether a worker runs, or may still be given a trial."""

    @abstractmethod
    def listen(self) -> None:
        """Handle what the workers report within the next half second; replace those that died."""

    def why_none_ended(self, seconds: float) -> str:
        """Return a sentence on why no trial ended in a search of so many seconds."""
        return f"No trial ended within {seconds:g} s."

    @abstractmethod
    def kill(self) -> bool:
        """Kill the workers at once; return whether this pool can."""

    @abstractmethod
    def close(self) -> None:
        """Stop the workers that still run, and free what the pool holds."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def handle(self, event: Event) -> None:
        """Pass an event on; a trial that ended counts as a failure, or as the end of deaths in a row."""
        if isinstance(event, TrialEnded):
            self.deaths = 0
        self._pass_on(event)

    def note(self, text: str) -> None:
        """Send a message to the user."""
        self._emit(Note(text))

    def fail(self, error: KagglebotError) -> None:
        """End the search with an error; finished trials are kept."""
        self.stop.set()
        self.error = self._find_deletion() or error

    def check_folder(self) -> None:
        """End the search if the study's folder is gone: workers would make it anew, with a part of its files."""
        if self.error is None and (error := self._find_deletion()):
            self.fail(error)

    def _find_deletion(self) -> StudyError | None:
        folder = self.search.location.folder
        gone = bool(self.search.host_id) and not (folder / HOME).is_file()
        return deleted(folder) if gone else None

    def note_exhausted(self) -> None:
        """Take note that every setting of the search space has been tried."""
        if not self._exhausted:
            self._exhausted = True
            self.note("Every setting in the search space has been tried.")

    def report_death(self, number: int, worker: int, reason: str, *, again: bool) -> None:
        """Report a trial whose worker died, and whether its settings run again."""
        if again:
            ended = TrialEnded(number, worker, TrialOutcome.INTERRUPTED.value, None, reason, 0.0)
        else:
            kind = FailureKind.KILLED.value
            ended = TrialEnded(number, worker, TrialOutcome.FAILED.value, None, KILLED_TWICE, 0.0, kind)
        self._pass_on(ended)

    def count_death(self, most: int, message: str, hint: str) -> None:
        """Count a worker that died; end the search if more than ``most`` died in a row and it was not stopped."""
        self.deaths += 1
        if self.deaths > most and not self.stop.is_set():
            self.fail(StudyError(f"{self.deaths} workers in a row {message}.", hint))

    def close_stale_trials(self) -> dict[int, bool]:
        """Close trials whose worker is gone; return them, and whether their settings run again."""
        self._looked = time.monotonic()
        return close_stale_trials(self.study, self.search.location, self._heartbeats)

    def look_for_stale_trials(self, *, now: bool = False) -> None:
        """Close trials whose worker is gone if it is time to look, or ``now``, and tell the user."""
        pause = min(LOOK_SECONDS * (1 + self._heartbeats.watched / TRIALS_LOOKED_AT), MOST_LOOK_SECONDS)
        if not now and time.monotonic() - self._looked <= pause:
            return
        for number, again in self.close_stale_trials().items():
            what = "run again" if again else "do not run again, as it was the second time"
            self.note(f"The process of trial {number} died; its settings {what}.")

    def _pass_on(self, event: Event) -> None:
        self._emit(event)
        if isinstance(event, TrialEnded) and (text := self._patterns.add(event)):
            self.note(text)
