"""The import of TensorFlow: once, when it is first needed, without its start-up messages."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from kagglebot.errors import UsageError
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.hardware.gpu import Precision, fast_precision
from kagglebot.system.processes.garbage import no_collection
from kagglebot.training.keras.keras_import import import_keras

#: Threads that TensorFlow may use; empty for all cores.
_threads: list[int] = []


@cache
def tensorflow() -> Any:
    """Return the module ``tensorflow``, with Keras on it; the first call takes seconds.

    Raises:
        UsageError: It cannot be imported.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.pop("TF_FUNCTION_JIT_COMPILE_DEFAULT", None)  # XLA has no kernel for all steps of ours
    with _without_messages(), no_collection():
        try:
            import_keras("tensorflow")  # first, as TensorFlow imports it too
            import tensorflow
        except (ImportError, OSError) as error:
            hint = "Run `kagglebot doctor`: it says what is installed, and whether memory is short (ulimit -v)."
            raise UsageError(f"TensorFlow cannot be imported: {error}.", hint) from error
        tensorflow.get_logger().setLevel("ERROR")  # it warns of several nets in a process
        tensorflow.config.list_physical_devices()  # looks for GPUs, and prints if there are none
        with suppress(RuntimeError):  # as below
            for card in tensorflow.config.list_physical_devices("GPU"):  # else the first process takes all of it
                tensorflow.config.experimental.set_memory_growth(card, True)
    count = threads()
    with suppress(RuntimeError):  # a program that used TensorFlow before us has its own
        tensorflow.config.threading.set_intra_op_parallelism_threads(count)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1 if count == 1 else 2)
    return tensorflow


def cards() -> list[Any]:
    """Return the cards that TensorFlow computes on in this process."""
    return list(tensorflow().config.list_physical_devices("GPU"))


def training_precision() -> Precision:
    """Return the number format that layers compute in while a net is trained: that which suits the card."""
    found = cards()
    if not found:
        return "float32"
    details = tensorflow().config.experimental.get_device_details(found[0])
    major, minor = details.get("compute_capability", (0, 0))
    return fast_precision(major + minor / 10)


def set_threads(count: int) -> None:
    """Limit TensorFlow to ``count`` threads; only before it is imported."""
    _threads[:] = [count]


def threads() -> int:
    """Return the number of threads that a model is trained with in this process."""
    return _threads[0] if _threads else available_cores()


@contextmanager
def _without_messages() -> Iterator[None]:
    """Discard what C++ writes to the terminal before its log level is set."""
    sys.stderr.flush()
    before, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(nowhere)
