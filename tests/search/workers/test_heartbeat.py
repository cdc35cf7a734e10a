import threading
import time

import optuna

from kagglebot.callbacks.events import TrialEnded, TrialStarted
from kagglebot.search.workers.heartbeat import BEAT, Heartbeat


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
