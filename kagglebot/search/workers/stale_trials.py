"""Stale trials: those whose worker is gone. They are closed, and their settings run again once."""

import time
from pathlib import Path

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from kagglebot.paths import StudyLocation
from kagglebot.search.storage.attributes import RUN, TRIES
from kagglebot.search.storage.optuna_study import finish
from kagglebot.search.trial.outcome import TrialOutcome
from kagglebot.search.workers.heartbeat import HeartbeatMonitor, host_id
from kagglebot.training.learner import FailureKind

#: How often a trial's settings run again after their worker died.
RETRIES = 1
#: Seconds that a living worker may take to start a trial that it asked for.
START_SECONDS = 60
#: Reason of a trial whose worker was killed at the second try, too.
KILLED_TWICE = "its process was killed twice, perhaps because memory ran out"


def close_stale_trials(
    study: optuna.Study, location: StudyLocation, heartbeats: HeartbeatMonitor
) -> dict[int, bool]:
    """Close trials whose worker is gone; return, by number, whether their settings run again, which they do once.

    A worker holds a file lock while it lives; the kernel frees it however the worker ends. Workers on other
    machines are watched through ``heartbeats``.
    """
    closed = {}
    with FileLock(location.folder / "study.lock"):
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        heartbeats.watched = len(running)
        for trial in running:
            reason = _find_reason(trial, location, heartbeats)
            if reason is not None and (again := close_stale_trial(study, trial, reason)) is not None:
                closed[trial.number] = again
    return closed


def _find_reason(trial: FrozenTrial, location: StudyLocation, heartbeats: HeartbeatMonitor) -> str | None:
    """Return why a running trial counts as stale; None if its worker may live."""
    run, workers = trial.user_attrs.get(RUN), location.folder / "workers"
    if _is_elsewhere(trial, location):
        return "its worker sends no more heartbeats" if heartbeats.has_stopped(trial) else None
    if run is None:
        age = time.time() - trial.datetime_start.timestamp() if trial.datetime_start else 1e9
        alive = age < START_SECONDS and (location.url is not None or any(map(is_held, workers.glob("*.lock"))))
    else:
        alive = run.get("lock") is None or is_held(workers / run["lock"])
    return None if alive else "its process was killed"


def close_stale_trial(study: optuna.Study, trial: FrozenTrial, reason: str) -> bool | None:
    """Close a trial that has no worker any more; return whether its settings run again, which they do once.

    Return None if its worker or another machine closed it first.
    """
    again = bool(trial.user_attrs.get(TRIES, 0) < RETRIES)
    result = {"state": TrialOutcome.DIED.value, "reason": reason, "seconds": 0.0}
    if not again:
        kind = FailureKind.KILLED.value
        result |= {"state": TrialOutcome.FAILED.value, "reason": KILLED_TWICE, "kind": kind}
    try:
        finish(study, trial.number, TrialState.FAIL, result=result, run_again=again)
    except UpdateFinishedTrialError:
        return None
    return again


def _is_elsewhere(trial: FrozenTrial, location: StudyLocation) -> bool:
    """Return whether another machine runs a trial, or may: then the locks in this folder do not show it."""
    host = trial.user_attrs.get(RUN, {}).get("home")
    return host != host_id(location.folder) if host else location.url is not None


def is_held(lock: Path) -> bool:
    """Return whether a living process holds a lock file; delete the file if none does."""
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
