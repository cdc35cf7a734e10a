"""``--verbose``: the log on stderr too, as it is written."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress

from kagglebot.system.logging import LOGGER, LogFormatter


class _OnStderr(logging.Handler):
    """Writes to the stderr of the moment: while a table is drawn, that is what puts lines above it."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, RuntimeError):  # closed, or a signal's handler in the midst of a line
            sys.stderr.write(self.format(record) + "\n")


def say_log() -> Callable[[], None]:
    """Show the log from now on, epochs and phases included; give what ends that."""
    handler, level = _OnStderr(), LOGGER.level
    handler.setFormatter(LogFormatter())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)

    def stop() -> None:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)

    return stop
