import logging
from collections.abc import Sequence

import pytest

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.dispatch import Dispatcher
from kagglebot.callbacks.events import (
    EpochEnded,
    Event,
    Note,
    SearchEnded,
    SearchStarted,
    Stepped,
    TrialEnded,
    TrialStarted,
)
from kagglebot.metrics.registry import get_metric

EVENTS: Sequence[Event] = (
    SearchStarted(get_metric("accuracy"), 1, None, "cnn", "digits"),
    TrialStarted(0, 0, {"filters": 8}, 2),
    Stepped(0, 0, 1, 0.5, 2),
    EpochEnded(0, 0, 1, 2, 0.9, 1.0, 1),
    TrialEnded(0, 0, "complete", 0.9, "", 2.0),
    Note("Stopping."),
    SearchEnded({"complete": 1}, 0, 0.9, 3.0, False),
)
HOOKS = (
    "on_search_start",
    "on_trial_start",
    "on_step",
    "on_epoch_end",
    "on_trial_end",
    "on_note",
    "on_search_end",
)


class Recorder(Callback):
    """Remembers which hook was called with what; raises in the one that is named."""

    def __init__(self, fails_in: str = "", error: BaseException | None = None) -> None:
        self.seen: list[tuple[str, Event]] = []
        self._fails_in, self._error = fails_in, error

    def __getattribute__(self, name: str) -> object:
        if not name.startswith("on_"):
            return object.__getattribute__(self, name)

        def hook(event: Event) -> None:
            self.seen.append((name, event))
            if name == self._fails_in and self._error is not None:
                raise self._error

        return hook


def notes(recorder: Recorder) -> list[str]:
    return [event.text for _, event in recorder.seen if isinstance(event, Note)]


def test_every_event_has_its_hook_and_every_hook_does_nothing_by_default() -> None:
    recorder, forwarded = Recorder(), []
    dispatch = Dispatcher([Callback(), recorder], forward=forwarded.append)
    for event in EVENTS:
        dispatch(event)
    assert recorder.seen == list(zip(HOOKS, EVENTS, strict=True))
    assert forwarded == list(EVENTS)
    assert {name for name in vars(Callback) if name.startswith("on_")} == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_that_fails_is_named_once_and_left_out(hook: str, caplog: pytest.LogCaptureFixture) -> None:
    broken, other = Recorder(hook, ValueError("no disk")), Recorder()
    dispatch = Dispatcher([broken, other])
    with caplog.at_level(logging.WARNING, "kagglebot"):
        for event in (*EVENTS, *EVENTS):
            dispatch(event)
    assert len(broken.seen) == HOOKS.index(hook) + 1
    text = f"The callback Recorder is left out from here on, as its {hook} failed: ValueError: no disk."
    assert notes(other).count(text) == 1
    assert [event for _, event in other.seen if event in EVENTS] == [*EVENTS, *EVENTS]
    assert "Traceback" in caplog.text and "ValueError: no disk" in caplog.text


def test_two_callbacks_that_fail_at_notes_do_not_go_on_forever() -> None:
    first, second = Recorder("on_note", ValueError("a")), Recorder("on_note", ValueError("b"))
    Dispatcher([first, second])(Note("Stopping."))
    assert [len(first.seen), len(second.seen)] == [1, 1]


def test_copies_in_two_workers_that_fail_are_told_as_one() -> None:
    recorder = Recorder()
    dispatch = Dispatcher([recorder])
    for _ in range(2):
        worker = Dispatcher([Recorder("on_step", ValueError())], forward=dispatch)
        worker(EVENTS[2])
    assert len(notes(recorder)) == 1
    dispatch(Note("Stopping."))
    dispatch(Note("Stopping."))
    assert len(notes(recorder)) == 3


def test_ctrl_c_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        Dispatcher([Recorder("on_step", KeyboardInterrupt())])(EVENTS[2])


def test_hooks_can_be_called_without_forwarding() -> None:
    recorder, forwarded = Recorder(), []
    Dispatcher([recorder], forward=forwarded.append).call_hooks(EVENTS[0])
    assert recorder.seen and not forwarded
