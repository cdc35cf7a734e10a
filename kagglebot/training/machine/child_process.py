"""Set-up of a process that trains for another: its log, its threads, and that it ends with its parent."""

import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

from kagglebot.system.processes.child_processes import SignalHandler, leave_signals

#: File in a study's folder for what libraries print while they train.
WORKER_LOG = "worker.log"


def begin(log: Path, sigterm: SignalHandler = signal.SIG_DFL) -> None:
    """Leave Ctrl-C to the parent, handle SIGTERM by ``sigterm``, end when the parent ends, print into ``log``."""
    leave_signals(sigterm)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)  # what C++ prints too: the terminal is the parent's
    os.dup2(descriptor, 2)
    os.close(descriptor)


def how_it_ended(code: int | None) -> str:
    """Return in words how a process ended, from its exit code."""
    if code in (-signal.SIGKILL, -signal.SIGABRT):  # by the kernel, or by C++ for an exception that nobody caught
        return "killed, perhaps for lack of memory"
    return f"gone with exit code {code}"


def limit_threads(count: int) -> None:
    """Limit the engines to ``count`` threads; must be called before TensorFlow is imported."""
    from threadpoolctl import threadpool_limits

    from kagglebot.training.keras.on_tensorflow.tensorflow_import import set_threads

    os.environ["OMP_NUM_THREADS"] = str(count)  # for libraries that are loaded later
    threadpool_limits(count)  # of NumPy, which is imported by now
    set_threads(count)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
