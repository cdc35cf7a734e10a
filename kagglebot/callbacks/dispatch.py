"""Dispatch of events to the hooks of callbacks."""

import traceback
from collections.abc import Sequence

from kagglebot.callbacks import events
from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import Emit, Event, Note
from kagglebot.system.logging import LOGGER, mask_secrets

_HOOKS: dict[type[Event], str] = {
    events.SearchStarted: "on_search_start",
    events.TrialStarted: "on_trial_start",
    events.Stepped: "on_step",
    events.EpochEnded: "on_epoch_end",
    events.TrialEnded: "on_trial_end",
    events.Note: "on_note",
    events.SearchEnded: "on_search_end",
}


class Dispatcher:
    """Calls the hook of every callback for each event that it is called with.

    A callback that raises an exception is left out from then on, and a note names it once.

    Args:
        callbacks: The callbacks, in the order in which they are called.
        forward: In a worker: called with each event after the callbacks, to pass it on to the main process.
    """

    def __init__(self, callbacks: Sequence[Callback], forward: Emit | None = None) -> None:
        self._callbacks = tuple(callbacks)
        self._forward = forward
        self._left_out: set[int] = set()  # ids of callbacks
        self._failed: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        if isinstance(event, Note) and event.callback:
            if event.callback in self._failed:  # another worker's copy
                return
            self._failed.add(event.callback)
        self.call_hooks(event)
        if self._forward is not None:
            self._forward(event)

    def call_hooks(self, event: Event) -> None:
        """Call the callbacks alone: the event is not forwarded."""
        hook = _HOOKS[type(event)]
        for callback in self._callbacks:
            if id(callback) in self._left_out:
                continue
            try:
                getattr(callback, hook)(event)
            except Exception as error:  # a callback's own code, which must not end the search
                self._leave_out(callback, hook, error)

    def _leave_out(self, callback: Callback, hook: str, error: Exception) -> None:
        self._left_out.add(id(callback))
        name = type(callback).__name__
        if self._forward is None:
            LOGGER.warning("callback %s", name, exc_info=error)
        else:  # a worker process has no log of the study; its stderr is worker.log
            traceback.print_exception(error)
        cause = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        text = f"The callback {name} is left out from here on, as its {hook} failed: {cause}."
        self(Note(mask_secrets(text), name))
