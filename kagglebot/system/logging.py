"""The log of a study: each command, trial and error, in a file beside the trials."""

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kagglebot.errors import KagglebotError, StudyError

#: In a study's folder, or in the competition's for commands without a study.
LOG_FILE = "kagglebot.log"
LOGGER = logging.getLogger("kagglebot")
LOGGER.addHandler(logging.NullHandler())
LOGGER.setLevel(logging.INFO)

#: Environment variables with credentials; their values are never logged.
_SECRETS = ("KAGGLE_API_TOKEN", "KAGGLE_KEY")
_USER_OF_URL = re.compile(r"(?<=://)[^\s/@]+@")
_QUERY_OF_URL = re.compile(r"(\w+://[^\s?'\"]+)\?[^\s'\"]+")  # signed addresses of downloads and uploads


def mask_secrets(text: str) -> str:
    """Return ``text`` with tokens, users and passwords in URLs, and query strings of URLs replaced by ``***``."""
    secrets = (os.environ.get(name, "").strip(" \t\r\n\"'") for name in _SECRETS)
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return _QUERY_OF_URL.sub(r"\1?***", _USER_OF_URL.sub("***@", text))


class LogFormatter(logging.Formatter):
    """Writes a line a record: time, process, level and message; a traceback follows where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(process)d] %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without credentials."""
        return mask_secrets(super().format(record))


class _StudyFile(logging.FileHandler):
    """Appends each line in one write, so that several processes can share the file; failures are ignored."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self.setFormatter(LogFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # of opening the file
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Ignore the error: a full disk is reported by what needs the disk."""


def deleted(folder: Path) -> StudyError:
    """Return the error for a study's folder that is gone while a command works in it."""
    return StudyError(
        f"The folder {folder} was deleted or moved while a command worked in it.",
        "Put it back and run the same command again.",
    )


@contextmanager
def study_log(folder: Path, action: str) -> Iterator[None]:
    """Log what happens inside the block in a study's log, with its start and its end.

    A bug is logged with its traceback, an error that a user can correct as its message. If the folder was deleted
    inside the block, that is the error, whatever failed first.

    Args:
        folder: ``studies/COMPETITION/NAME``.
        action: The command: "tune cnn, 50 trials".
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    handler = _StudyFile(folder / LOG_FILE)
    known = (each.baseFilename for each in LOGGER.handlers if isinstance(each, _StudyFile))
    nested = handler.baseFilename in known
    if not nested:
        LOGGER.addHandler(handler)
    started = time.monotonic()
    LOGGER.info("%s: begins on %s", action, socket.gethostname())
    begun = Path(handler.baseFilename).is_file()
    try:
        try:
            yield
        except Exception as error:
            if begun and not Path(handler.baseFilename).is_file():
                raise deleted(folder) from error
            raise
    except KagglebotError as error:
        LOGGER.error("%s: %s %s", action, error.message, error.hint)
        if report := getattr(error, "report", ""):
            LOGGER.error("Traceback of a worker:\n%s", report)
        raise
    except KeyboardInterrupt:
        LOGGER.warning("%s: interrupted after %.1f s", action, time.monotonic() - started)
        raise
    except Exception:
        LOGGER.exception("%s: a bug", action)
        raise
    else:
        LOGGER.info("%s: done after %.1f s", action, time.monotonic() - started)
    finally:
        if not nested:
            LOGGER.removeHandler(handler)
        with suppress(OSError):  # of what the disk did not take before
            handler.close()
