import optuna
import pytest

from kagglebot.callbacks.events import Event, SearchEnded, SearchStarted, TrialEnded
from kagglebot.metrics.registry import get_metric
from kagglebot.search.announce import announce

STARTED = SearchStarted(get_metric("log_loss"))


def test_the_end_counts_this_search_and_names_the_best_of_the_study() -> None:
    study = optuna.create_study(direction="minimize")
    for value in (0.3, 0.2):
        study.tell(study.ask(), value)
    events: list[Event] = []
    with announce(study, STARTED, events.append) as emit:
        study.tell(study.ask(), 0.4)
        emit(TrialEnded(2, 0, "complete", 0.4, "", 1.0))
        emit(TrialEnded(3, 0, "pruned", None, "behind", 1.0))
    assert events[0] is STARTED
    ended = events[-1]
    assert isinstance(ended, SearchEnded) and len(events) == 4
    assert (ended.counts, ended.best_trial, ended.best_value) == ({"complete": 1, "pruned": 1}, 1, 0.2)
    assert not ended.stopped and 0 <= ended.seconds < 60


def test_a_search_that_is_interrupted_ends_too() -> None:
    events: list[Event] = []
    with pytest.raises(KeyboardInterrupt), announce(optuna.create_study(), STARTED, events.append):
        raise KeyboardInterrupt
    assert isinstance(events[-1], SearchEnded) and events[-1].stopped
    assert (events[-1].counts, events[-1].best_trial, events[-1].best_value) == ({}, None, None)
