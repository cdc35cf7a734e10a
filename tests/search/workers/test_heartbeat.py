import threading
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from kagglebot.callbacks.events import TrialEnded, TrialStarted
from kagglebot.search.storage.rdb import open_url
from kagglebot.search.workers.heartbeat import BEAT, LONG_AGO_SECONDS, Heartbeat, HeartbeatMonitor, host_id


def test_a_trial_has_a_heartbeat_from_its_start_to_its_end() -> None:
    study, threads = optuna.create_study(), threading.active_count()
    heartbeat = Heartbeat(study, 0.01)
    for _ in range(2):
        number = study.ask().number
        heartbeat.on_trial_start(TrialStarted(number, 0, {}, 1))
        seen = set()
        while len(seen) < 3:
            seen.add(study.trials[number].user_attrs.get(BEAT))
            time.sleep(0.005)
        heartbeat.on_trial_end(TrialEnded(number, 0, "complete", 0.5, "", 1.0))
        last = study.trials[number].user_attrs[BEAT]
        time.sleep(0.05)
        assert study.trials[number].user_attrs[BEAT] == last
    assert threading.active_count() == threads


def test_a_trial_that_repeats_earlier_settings_ends_without_a_start() -> None:
    Heartbeat(optuna.create_study()).on_trial_end(TrialEnded(0, 0, "complete", 0.5, "same settings", 0.0))


def test_a_worker_that_was_taken_for_dead_leaves_the_trial_to_the_other(tmp_path: Path) -> None:
    study = optuna.create_study(storage=open_url(f"sqlite:///{tmp_path}/study.db"))
    trial = study.ask()
    heartbeat = Heartbeat(study, 0.01)
    heartbeat.on_trial_start(TrialStarted(trial.number, 0, {}, 1))
    time.sleep(0.1)
    assert BEAT in study.trials[0].user_attrs
    study.tell(trial.number, state=TrialState.FAIL)
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        trial.report(0.5, 1)
    heartbeat.on_trial_end(TrialEnded(trial.number, 0, "failed", None, "", 0.1))


def test_a_heartbeat_from_long_ago_is_stale_at_first_sight(tmp_path: Path) -> None:
    study = optuna.create_study()
    trial = study.ask()
    trial.set_user_attr(BEAT, time.time() - 2 * LONG_AGO_SECONDS)
    assert HeartbeatMonitor().has_stopped(study.trials[0])


def test_a_copy_of_a_folder_has_the_same_host_id_only_on_the_same_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = host_id(tmp_path)
    assert host_id(tmp_path) == first
    monkeypatch.setattr("platform.node", lambda: "another")
    assert host_id(tmp_path) != first
