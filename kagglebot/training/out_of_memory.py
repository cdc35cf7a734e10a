"""Memory that runs out while a net is trained: one error, whatever the engine or the system calls it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from kagglebot.training.learner import FailureKind, TrainingError


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a lack of memory inside the block into a ``TrainingError``; every other error passes.

    Raises:
        TrainingError: NumPy, TensorFlow, the C++ beneath them or the system could not allocate memory.
    """
    try:
        yield
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        raise TrainingError(
            "memory ran out", "Use fewer filters or units, or a smaller batch_size.", FailureKind.OUT_OF_MEMORY
        ) from error


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # TensorFlow's error by its name: it may not be what trains here.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or "std::bad_alloc" in str(error)
    )
