"""The worker's end of ``process_pool``; imports little, as every worker waits for it."""

import os
import pickle
import signal
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO

from kagglebot.errors import KagglebotError


def serve() -> None:
    """Be a worker: read the function, then chunks, and answer each with a result or an error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    asked: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, asked), daemon=True).start()
    function = asked.get()
    while True:
        answer: tuple[Any, Exception | None]
        try:
            answer = function(asked.get()), None
        except (KagglebotError, OSError, MemoryError) as error:
            answer = None, error
        except Exception:
            answer = None, RuntimeError(traceback.format_exc())
        pickle.dump(answer, answers)
        answers.flush()


def _listen(requests: BinaryIO, asked: "SimpleQueue[Any]") -> None:
    """Take in what the parent sends; when the parent is gone, be gone too, whatever is being worked on."""
    try:
        while True:
            asked.put(pickle.load(requests))
    except EOFError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
