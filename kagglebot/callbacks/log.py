"""The study's log as a callback: the start and end of each trial, and every message to the user."""

from kagglebot.callbacks.callback import Callback
from kagglebot.callbacks.events import EpochEnded, Note, SearchStarted, Stepped, TrialEnded, TrialStarted
from kagglebot.system.logging import LOGGER


class SearchLog(Callback):
    """Writes a search into the log; scores of epochs and within them at level DEBUG, all else at INFO."""

    def on_search_start(self, event: SearchStarted) -> None:
        """Write the metric."""
        LOGGER.info("trials are scored by %s", event.metric.text)

    def on_trial_start(self, event: TrialStarted) -> None:
        """Write the trial's worker, epochs and parameters."""
        params = " ".join(f"{name}={value}" for name, value in event.params.items()) or "its defaults"
        text = "trial %d: begins in worker %d, %d epochs, %s"
        LOGGER.info(text, event.number, event.worker, event.epochs, params)

    def on_step(self, event: Stepped) -> None:
        """Write a score within an epoch."""
        if event.score is not None:
            text = "trial %d: %.5f on some of the validation rows after %.0f %% of epoch %d of %d"
            LOGGER.debug(text, event.number, event.score, 100 * event.fraction, event.epoch, event.epochs)

    def on_epoch_end(self, event: EpochEnded) -> None:
        """Write the epoch's score and time."""
        text = "trial %d: %.5f after epoch %d of %d, %.1f s"
        LOGGER.debug(text, event.number, event.score, event.epoch, event.epochs, event.seconds)

    def on_trial_end(self, event: TrialEnded) -> None:
        """Write how the trial ended."""
        value = "" if event.value is None else f" with {event.value:.5f}"
        reason = f": {event.reason}" if event.reason else ""
        LOGGER.info("trial %d: %s%s after %.1f s%s", event.number, event.state, value, event.seconds, reason)

    def on_note(self, event: Note) -> None:
        """Write the message."""
        LOGGER.info("%s", event.text)
