import optuna
import pytest

from kagglebot.callbacks.events import Event, SearchEnded, SearchStarted, TrialEnded
from kagglebot.metrics.registry import get_metric
from kagglebot.search.announce import announce
from kagglebot.search.storage.attributes import RESULT

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


def test_the_best_is_that_of_every_command() -> None:
    study, events = optuna.create_study(direction="minimize"), list[Event]()
    with announce(study, STARTED, events.append):
        for value, loss in ((0.2, 0.3), (0.21, 0.2)):
            trial = study.ask()
            trial.set_user_attr(RESULT, {"score_error": 0.02, "log_loss": loss})
            study.tell(trial, value)
    assert isinstance(events[-1], SearchEnded) and events[-1].best_trial == 1


def test_a_search_that_is_interrupted_ends_too() -> None:
    events: list[Event] = []
    with pytest.raises(KeyboardInterrupt), announce(optuna.create_study(), STARTED, events.append):
        raise KeyboardInterrupt
    assert isinstance(events[-1], SearchEnded) and events[-1].stopped
    assert (events[-1].counts, events[-1].best_trial, events[-1].best_value) == ({}, None, None)
