"""A search in the log: each trial's beginning and end, and what the user is told."""

import logging
from collections.abc import Mapping
from typing import Any

from kagglebot.callbacks.events import EpochEnded, Event, Listener, Note, SearchStarted, TrialEnded, TrialStarted
from kagglebot.system.logging import LOGGER


def log_events(listener: Listener | None) -> Listener:
    """Give a listener that writes events down before it tells them to ``listener``."""

    def take(event: Event) -> None:
        level = logging.DEBUG if isinstance(event, EpochEnded) else logging.INFO
        if line := _line(event):
            LOGGER.log(level, "%s", line)
        if listener is not None:
            listener(event)

    return take


def _line(event: Event) -> str:
    if isinstance(event, SearchStarted):
        return f"trials are scored by {event.metric.text}"
    if isinstance(event, TrialStarted):
        return (
            f"trial {event.number}: begins in worker {event.worker}, {event.epochs} epochs, {_said(event.params)}"
        )
    if isinstance(event, EpochEnded):
        score = f"{event.score:.5f} after epoch {event.epoch} of {event.epochs}"
        return f"trial {event.number}: {score}, {event.seconds:.1f} s"
    if isinstance(event, TrialEnded):
        value = "" if event.value is None else f" with {event.value:.5f}"
        reason = f": {event.reason}" if event.reason else ""
        return f"trial {event.number}: {event.state}{value} after {event.seconds:.1f} s{reason}"
    return event.text if isinstance(event, Note) else ""


def _said(params: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in params.items()) or "its defaults"
