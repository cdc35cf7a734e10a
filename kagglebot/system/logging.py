"""The log of a study: what was done when, each trial and each error, in a file beside its trials."""

import logging
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kagglebot.errors import KagglebotError

#: In a study's folder; for files submitted as they are in the competition's.
FILE = "kagglebot.log"
LOGGER = logging.getLogger("kagglebot")
LOGGER.addHandler(logging.NullHandler())
LOGGER.setLevel(logging.INFO)

#: What Kaggle's client and its kin take credentials from; their values are never written.
_SECRETS = ("KAGGLE_API_TOKEN", "KAGGLE_KEY")
_USER_OF_URL = re.compile(r"(?<=://)[^\s/@]+@")
_QUERY_OF_URL = re.compile(r"(\w+://[^\s?'\"]+)\?[^\s'\"]+")  # signed addresses of downloads and uploads


def discreet(text: str) -> str:
    """Leave out what could open a door: tokens, users and passwords of addresses, their signed queries."""
    for secret in filter(None, map(os.environ.get, _SECRETS)):
        text = text.replace(secret, "***")
    return _QUERY_OF_URL.sub(r"\1?***", _USER_OF_URL.sub("***@", text))


class Lines(logging.Formatter):
    """One line a record: time, process, level and what happened; a traceback follows where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s [%(process)d] %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, with nothing in it that is nobody's business."""
        return discreet(super().format(record))


class _StudyFile(logging.FileHandler):
    """Appends to a file, each line in one write, so that several processes may; no line is worth a failure."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self.setFormatter(Lines())

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # of opening the file
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on: a full disk stops what matters soon enough."""


@contextmanager
def study_log(folder: Path, what: str) -> Iterator[None]:
    """Write what happens inside the block into the log of a study, with its beginning and how it ends.

    A bug leaves its traceback there, without the values of variables; what is the user's to mend a sentence.

    Args:
        folder: ``studies/COMPETITION/NAME``.
        what: What is done: "tune cnn, 50 trials".
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    handler = _StudyFile(folder / FILE)
    known = (each.baseFilename for each in LOGGER.handlers if isinstance(each, _StudyFile))
    nested = handler.baseFilename in known
    if not nested:
        LOGGER.addHandler(handler)
    started = time.monotonic()
    LOGGER.info("%s: begins on %s", what, socket.gethostname())
    try:
        yield
    except KagglebotError as error:
        LOGGER.error("%s: %s %s", what, error.message, error.hint)
        if report := getattr(error, "report", ""):
            LOGGER.error("Traceback of a worker:\n%s", report)
        raise
    except KeyboardInterrupt:
        LOGGER.warning("%s: interrupted after %.1f s", what, time.monotonic() - started)
        raise
    except Exception:
        LOGGER.exception("%s: a bug", what)
        raise
    else:
        LOGGER.info("%s: done after %.1f s", what, time.monotonic() - started)
    finally:
        if not nested:
            LOGGER.removeHandler(handler)
        with suppress(OSError):  # of what the disk did not take before
            handler.close()
