"""What a pool and its worker processes tell each other, by pipes alone.

The semaphores and events of multiprocessing do not serve here: they need a /dev/shm that can be written to, which
some containers lack, and are lost where a signal ends the resource tracker.
"""

import multiprocessing
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from typing import Any

#: Seconds between two looks of a waiting worker at whether the search stops.
_LOOK_SECONDS = 0.2


class TrialRequest(Enum):
    """A worker's request for one more trial, or the return of one that does not count."""

    NEXT = "next"
    RETURNED = "returned"


class StopFlag:
    """A flag that each process may set for all: a pipe from which nobody reads."""

    def __init__(self) -> None:
        self._reader, self._writer = multiprocessing.Pipe(duplex=False)

    def set(self) -> None:
        """Set the flag."""
        if not self.is_set():
            self._writer.send_bytes(b"stop")

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        return self._reader.poll()


@dataclass(frozen=True)
class PoolConnection:
    """A worker's connection to its pool."""

    events: Connection  #: Gets events and ``TrialRequest`` from the worker, and answers to these.
    stop: StopFlag  #: Asks all workers to stop at the next step.

    def send(self, event: Any) -> None:
        """Send an event, or the worker's last message."""
        self.events.send(event)

    def next_trial(self) -> bool:
        """Return whether there is one more trial to run."""
        self.send(TrialRequest.NEXT)
        while not self.events.poll(_LOOK_SECONDS):
            if self.stop.is_set():
                return False
        return bool(self.events.recv())

    def return_trial(self) -> None:
        """Return the last trial: it does not count."""
        self.send(TrialRequest.RETURNED)
