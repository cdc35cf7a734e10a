import logging
from pathlib import Path

import pytest

from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import EpochEnded, Note, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.callbacks.log import SearchLog
from kagglebot.metrics.registry import get_metric
from kagglebot.system.logging import LOG_FILE, LOGGER, study_log


def lines(folder: Path) -> list[str]:
    """What happened, without time and process."""
    return [line.partition("] ")[2] or line for line in (folder / LOG_FILE).read_text().splitlines()]


def test_a_search_is_written_down_trial_by_trial_and_forwarded(tmp_path: Path) -> None:
    events = [
        SearchStarted(get_metric("accuracy")),
        TrialStarted(3, 0, {"filters": 8}, 4),
        Stepped(3, 0, 1, 0.5, 4),
        Stepped(3, 0, 1, 0.75, 4, 0.8),
        EpochEnded(3, 0, 1, 4, 0.9, 2.0, 1),
        TrialEnded(3, 0, "pruned", None, "behind earlier trials", 2.04),
        TrialEnded(4, 1, "complete", 0.98765, "", 8.0),
        Note("Stopping."),
    ]
    forwarded: list[object] = []
    with study_log(tmp_path / "study", "tune cnn, 2 trials"):
        dispatch = Dispatcher([SearchLog()], forward=forwarded.append)
        for event in events:
            dispatch(event)
    assert forwarded == events
    first, *between, last = lines(tmp_path / "study")
    assert first.startswith("INFO tune cnn, 2 trials: begins on ")
    assert between == [
        "INFO trials are scored by accuracy",
        "INFO trial 3: begins in worker 0, 4 epochs, filters=8",
        "INFO trial 3: pruned after 2.0 s: behind earlier trials",
        "INFO trial 4: complete with 0.98765 after 8.0 s",
        "INFO Stopping.",
    ]
    assert last.startswith("INFO tune cnn, 2 trials: done after ")


def test_scores_of_epochs_and_within_them_are_for_who_asks_for_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER.name)
    for event in (Stepped(3, 0, 1, 0.5, 4), Stepped(3, 0, 1, 0.75, 4, 0.8), EpochEnded(3, 0, 1, 4, 0.9, 2.0, 1)):
        Dispatcher([SearchLog()])(event)
    assert caplog.messages == [
        "trial 3: 0.80000 on some of the validation rows after 75 % of epoch 1 of 4",
        "trial 3: 0.90000 after epoch 1 of 4, 2.0 s",
    ]
