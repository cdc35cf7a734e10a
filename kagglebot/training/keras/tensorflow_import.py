"""TensorFlow, imported once, when it is first needed, without its talk."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from kagglebot.system.cpu import available_cores

#: How many it is to use; empty for as many as it likes.
_threads: list[int] = []


@cache
def tensorflow() -> Any:
    """Give the module ``tensorflow``, with Keras on it; the first call takes seconds."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = "tensorflow"
    with _no_talk():
        import tensorflow

        tensorflow.get_logger().setLevel("ERROR")  # several nets in a process are no fault, as it warns
        tensorflow.config.list_physical_devices()  # looks for graphics cards, and says so where there are none
    for count in _threads:
        tensorflow.config.threading.set_intra_op_parallelism_threads(count)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1 if count == 1 else 2)
    return tensorflow


def set_threads(count: int) -> None:
    """Give TensorFlow ``count`` threads, should it come to be needed; only before that."""
    _threads[:] = [count]


def threads() -> int:
    """Give the number of threads that a model is trained with in this process."""
    return _threads[0] if _threads else available_cores()


@contextmanager
def _no_talk() -> Iterator[None]:
    """Keep off the terminal what C++ writes before its log level counts."""
    sys.stderr.flush()
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
