"""Heartbeats: how a search knows that a trial's worker on another machine is alive.

On its own machine a worker holds a file lock, which the kernel frees however the worker ends. A machine that only
shares a database with it cannot see the lock, so the worker also writes the time into the storage every so often.
Optuna has heartbeats too, but in databases only; these pass through its proxy as well.
"""

import hashlib
import platform
import threading
import time
from pathlib import Path
from uuid import uuid4

import optuna
from filelock import FileLock
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import TrialEnded, TrialStarted
from kagglebot.system.files.atomic_write import atomic_write

#: In a study's folder from its first search on: what ``host_id`` is made from.
HOME = "home"
#: User attribute of a trial: time of its last heartbeat, in seconds since the epoch by its worker's clock.
BEAT = "beat"
#: Seconds between two heartbeats, and seconds without one after which a trial counts as stale.
BEAT_SECONDS = 15.0
GRACE_SECONDS = 90.0
#: Age of a heartbeat that is stale at first sight: no two clocks differ by so much.
LONG_AGO_SECONDS = 3600.0


class Heartbeat(Callback):
    """Writes the time into the worker's running trial every few seconds."""

    in_worker = True

    def __init__(self, study: optuna.Study, seconds: float = BEAT_SECONDS) -> None:
        self._study, self._seconds = study, seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def on_trial_start(self, event: TrialStarted) -> None:
        """Start the heartbeats."""
        self._stop()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, args=(event.number, self._ended), daemon=True)
        self._thread.start()

    def on_trial_end(self, event: TrialEnded) -> None:
        """Stop the heartbeats."""
        self._stop()

    def _stop(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _beat(self, number: int, ended: threading.Event) -> None:
        storage = self._study._storage
        while not ended.is_set():
            try:
                trial_id = storage.get_trial_id_from_study_id_trial_number(self._study._study_id, number)
                storage.set_trial_user_attr(trial_id, BEAT, time.time())
            except UpdateFinishedTrialError:  # another machine closed it; the worker's next report will fail too
                return
            except Exception:  # the network or the database may be back at the next heartbeat
                pass
            ended.wait(self._seconds)


class HeartbeatMonitor:
    """Watches the heartbeats of trials that run elsewhere, by its own clock alone.

    Attributes:
        watched: Number of running trials at the last look.
    """

    def __init__(self) -> None:
        self.watched = 0
        self._seen: dict[int, tuple[float | None, float]] = {}

    def has_stopped(self, trial: FrozenTrial) -> bool:
        """Return whether a running trial has sent no heartbeat for too long."""
        beat: float | None = trial.user_attrs.get(BEAT)
        if beat is not None and time.time() - beat > LONG_AGO_SECONDS:
            return True
        now = time.monotonic()
        before, since = self._seen.get(trial.number, (None, None))
        if since is None or before != beat:
            self._seen[trial.number] = beat, now
            return False
        return now - since > GRACE_SECONDS


def host_id(folder: Path) -> str:
    """Return an id of the study's folder on this machine: the lock files in it belong to trials with this id."""
    path = folder / HOME
    with FileLock(folder / "home.lock"):
        if not path.is_file():
            with atomic_write(path) as temporary:
                temporary.write_text(uuid4().hex)
    # With the machine's name, a copy of the folder on another machine has another id.
    return hashlib.sha256(f"{path.read_text()}@{platform.node()}".encode()).hexdigest()[:16]
