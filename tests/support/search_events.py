"""The events of a small search: two parallel trials, one of them pruned, and a third without an end."""

from collections.abc import Sequence
from pathlib import Path

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import (
    EpochEnded,
    Event,
    Note,
    SearchEnded,
    SearchStarted,
    TrialEnded,
    TrialStarted,
)
from kagglebot.metrics.registry import get_metric


def search_events(folder: Path) -> Sequence[Event]:
    """Return them in order; ``folder`` is the study's."""
    return (
        SearchStarted(get_metric("accuracy"), 3, None, "cnn", "digits", folder),
        TrialStarted(0, 0, {"filters": 8, "optimizer": "adam", "flip": True}, 2),
        TrialStarted(1, 1, {"filters": 16, "optimizer": "sgd", "flip": False}, 2),
        EpochEnded(0, 0, 1, 2, 0.5, 2.0, 1),
        EpochEnded(1, 1, 1, 2, 0.25, 4.0, 1),
        EpochEnded(0, 0, 2, 2, 0.75, 3.0, 2),
        TrialEnded(1, 1, "pruned", None, "behind earlier trials after epoch 1", 4.0),
        TrialEnded(0, 0, "complete", 0.75, "", 5.0),
        TrialEnded(2, 1, "complete", 0.75, "same settings as trial 0", 0.0),
        TrialStarted(3, 0, {"filters": 24}, 2),
        EpochEnded(3, 0, 1, 2, 0.125, 2.0, 1),
        SearchEnded({"complete": 2, "pruned": 1}, 0, 0.75, 9.0, True),
    )


def follow(callback: Callback, folder: Path) -> None:
    """Follow the search with ``callback``, and check that no hook failed."""
    notes: list[str] = []
    dispatch = Dispatcher([callback], lambda event: notes.append(event.text) if isinstance(event, Note) else None)
    for event in search_events(folder):
        dispatch(event)
    assert notes == []
