"""The loop of a worker process of ``pool``; imports little, as every worker waits for it."""

import os
import pickle
import signal
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO

from kagglebot.errors import KagglebotError
from kagglebot.system.processes.child_processes import leave_signals


def serve() -> None:
    """Read the function, then chunks, from standard input; write a result or an error for each chunk."""
    leave_signals(signal.SIG_IGN)  # they reach the whole group; the parent decides
    requests, results = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the results
    received: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_receive, args=(requests, received), daemon=True).start()
    function = received.get()
    while True:
        result: tuple[Any, Exception | None]
        try:
            result = function(received.get()), None
        except (KagglebotError, OSError, MemoryError) as error:
            result = None, error
        except Exception:
            result = None, RuntimeError(traceback.format_exc())
        pickle.dump(result, results)
        results.flush()


def _receive(requests: BinaryIO, received: "SimpleQueue[Any]") -> None:
    """Receive what the parent sends; end the process when the parent has ended, whatever it is working on."""
    try:
        while True:
            received.put(pickle.load(requests))
    except EOFError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
