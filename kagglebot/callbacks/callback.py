"""The callback protocol: named hooks that a search calls while it runs."""

from typing import ClassVar

from kagglebot.callbacks.events import (
    EpochEnded,
    Note,
    SearchEnded,
    SearchStarted,
    Stepped,
    TrialEnded,
    TrialStarted,
)


class Callback:
    """Base class of callbacks: every hook takes one event, and does nothing unless a subclass defines it.

    A callback whose hook raises an exception is named to the user and left out from then on; the search goes on.

    Attributes:
        in_worker: Where the callback runs. False: in the process that started the search, which sees the events
            of all workers. True: a copy runs in each worker process and sees the trials of that worker alone. It
            is pickled on its way there. It gets ``on_search_start`` when its worker starts and no
            ``on_search_end``.

    Example:
        >>> from kagglebot import Callback
        >>> class Count(Callback):
        ...     def on_trial_end(self, event):
        ...         print(event.state)
        ...
        ...     def on_search_end(self, event):
        ...         print(event.counts, event.stopped)
        >>> summary = workspace.tune("small", trials=1, jobs=1, callbacks=[Count()])
        complete
        {'complete': 1} False
    """

    in_worker: ClassVar[bool] = False

    def on_search_start(self, event: SearchStarted) -> None:
        """Handle the start of the search, before any trial."""

    def on_trial_start(self, event: TrialStarted) -> None:
        """Handle the start of a trial's training."""

    def on_step(self, event: Stepped) -> None:
        """Handle progress within an epoch, at most twice a second, and scores within a long one."""

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Handle the end of an epoch and its validation score."""

    def on_trial_end(self, event: TrialEnded) -> None:
        """Handle the end of a trial; one that repeats earlier settings ends without a start."""

    def on_note(self, event: Note) -> None:
        """Handle a message for the user; it may come from a signal handler."""

    def on_search_end(self, event: SearchEnded) -> None:
        """Handle the end of the search, also where the user or an error stopped it."""
