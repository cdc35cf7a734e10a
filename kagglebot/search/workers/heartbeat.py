"""How a trial is known to be alive where its worker may be on another machine.

On its own machine a worker holds a file lock, which the kernel frees however it ends. Who shares only a database
with it cannot see that lock: such a trial leaves a sign of life in the storage instead, every few seconds. Optuna
has heartbeats too, but in databases only; this one passes through its proxy as well.
"""

import hashlib
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import optuna
from filelock import FileLock
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial

from kagglebot.system.files import atomic_write

#: User attribute of a trial: when it last gave a sign of life, in seconds since the epoch by its own clock.
BEAT = "beat"
#: Seconds between two signs, and those without one after which a trial counts as dead.
BEAT_SECONDS = 15.0
GRACE_SECONDS = 90.0
#: Age of a sign that needs no watching: no two clocks differ by so much.
LONG_AGO_SECONDS = 3600.0


@contextmanager
def beating(study: optuna.Study, trial: optuna.Trial, seconds: float = BEAT_SECONDS) -> Iterator[None]:
    """Give a sign of the trial's life every few seconds, for as long as the block."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            try:
                study._storage.set_trial_user_attr(trial._trial_id, BEAT, time.time())
            except UpdateFinishedTrialError:  # taken for dead by another machine; its next report says so
                return
            except Exception:  # the network or the database may be back at the next sign
                pass
            ended.wait(seconds)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Heartbeats:
    """Watches the signs of life of trials that run elsewhere, by its own clock alone.

    Attributes:
        watched: Number of running trials at the last look.
    """

    def __init__(self) -> None:
        self.watched = 0
        self._seen: dict[int, tuple[float | None, float]] = {}

    def stopped(self, trial: FrozenTrial) -> bool:
        """Tell whether a running trial has given no sign for too long."""
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
    """Name the study's folder on this machine: the locks in it say something of trials with that home alone."""
    path = folder / "home"
    with FileLock(folder / "home.lock"):
        if not path.is_file():
            with atomic_write(path) as temporary:
                temporary.write_text(uuid4().hex)
    # The machine's name tells a copy of the folder from the folder.
    return hashlib.sha256(f"{path.read_text()}@{platform.node()}".encode()).hexdigest()[:16]
