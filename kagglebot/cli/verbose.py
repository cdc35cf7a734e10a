"""The option ``--verbose``: the log is printed to stderr too."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress

from kagglebot.system.logging import LOGGER, LogFormatter


class _OnStderr(logging.Handler):
    """A handler that writes to the current stderr: a live table replaces it to put lines above itself."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, RuntimeError):  # closed, or a signal arrived in the middle of a line
            sys.stderr.write(self.format(record) + "\n")


def log_to_stderr() -> Callable[[], None]:
    """Print the log from now on, including epochs and phases; return a function that stops it."""
    handler, level = _OnStderr(), LOGGER.level
    handler.setFormatter(LogFormatter())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)

    def stop() -> None:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)

    return stop
