"""Trials whose worker is gone: found, closed, and their settings run again."""

import time
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kagglebot.paths import StudyLocation
from kagglebot.search.storage.study import RUN, TRIES, finish
from kagglebot.search.workers.failure_patterns import KILLED_TWICE
from kagglebot.search.workers.heartbeat import Heartbeats, host_id

#: How often a trial's settings run again after a worker died under them.
RETRIES = 1


def close_stale_trials(study: optuna.Study, location: StudyLocation, heartbeats: Heartbeats) -> dict[int, bool]:
    """Close trials whose worker is gone, and let their settings run again, once.

    A worker holds a file lock for as long as it lives; the kernel frees it however the worker ends. Of workers
    on other machines ``heartbeats`` knows.

    Returns:
        The trials that were found dead, and whether their settings run again.
    """
    dead = {}
    with FileLock(location.folder / "study.lock"):
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        heartbeats.watched = len(running)
        for trial in running:
            run = trial.user_attrs.get(RUN)
            reason = "its process was killed"
            if _is_elsewhere(trial, location):
                if not heartbeats.stopped(trial):
                    continue
                reason = "its worker gave no more sign of life"
            elif run is None:
                # Asked for, but not begun: give a living worker a moment to say so.
                age = time.time() - trial.datetime_start.timestamp() if trial.datetime_start else 1e9
                if age < 60 and (location.url or _any_is_alive(location.folder / "workers")):
                    continue
            elif run.get("lock") is None or _is_alive(location.folder / "workers" / run["lock"]):
                continue
            if (again := close_dead(study, trial, reason)) is not None:
                dead[trial.number] = again
    return dead


def close_dead(study: optuna.Study, trial: FrozenTrial, reason: str) -> bool | None:
    """Close a trial that nobody works on any more, and let its settings run again, once.

    Returns:
        Whether they do; None where its worker after all, or another machine, closed it first.
    """
    again = bool(trial.user_attrs.get(TRIES, 0) < RETRIES)
    state, reason = ("died", reason) if again else ("failed", KILLED_TWICE)
    result = {"state": state, "reason": reason, "seconds": 0.0}
    try:
        finish(study, trial.number, TrialState.FAIL, result=result, run_again=again)
    except UpdateFinishedTrialError:
        return None
    return again


def _is_elsewhere(trial: FrozenTrial, location: StudyLocation) -> bool:
    """Tell whether the locks in the study's folder say nothing of a trial: another machine's, or not begun yet."""
    whose = trial.user_attrs.get(RUN, {}).get("home")
    return whose != host_id(location.folder) if whose else location.url is not None


def _any_is_alive(workers: Path) -> bool:
    return any(_is_alive(lock) for lock in workers.glob("*.lock"))


def _is_alive(lock: Path) -> bool:
    if not lock.exists():
        return False
    probe = FileLock(lock, timeout=0)
    try:
        probe.acquire()
    except Timeout:
        return True
    probe.release()
    lock.unlink(missing_ok=True)
    return False
