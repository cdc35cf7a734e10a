"""What a process that trains for another does first: keep quiet, keep to its cores, and end with its parent."""

import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

#: In a study's folder: what libraries print while they train.
WORKER_LOG = "worker.log"


def begin(log: Path) -> None:
    """Leave Ctrl-C to the parent, which it reaches too, end when the parent ends, and print into ``log``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _log_to(log)


def how_it_ended(code: int | None) -> str:
    """Say of a process that ended without a last word how it did, by its exit code."""
    if code in (-signal.SIGKILL, -signal.SIGABRT):  # the kernel's way to end it, and C++'s where nobody catches
        return "killed, perhaps for want of memory"
    return f"gone with exit code {code}"


def limit_threads(count: int) -> None:
    """Give the engines ``count`` threads; before TensorFlow is imported."""
    from threadpoolctl import threadpool_limits

    from kagglebot.training.keras.tensorflow_import import set_threads

    os.environ["OMP_NUM_THREADS"] = str(count)  # for libraries that are loaded later
    threadpool_limits(count)  # NumPy's is here by now: it came with what this process was started for
    set_threads(count)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _log_to(path: Path) -> None:
    """Send what libraries print, from C++ too, to a file: the terminal belongs to the parent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
