"""Memory that runs out while a net is trained: one error, however the engine or the system says it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from kagglebot.training.learner import TrainingError

#: Why the training ended; a trial's reason.
NO_MEMORY = "memory ran out"


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a want of memory inside the block into a ``TrainingError``; every other error passes.

    Raises:
        TrainingError: NumPy, TensorFlow, the C++ beneath them or the system had no memory to give.
    """
    try:
        yield
    except Exception as error:
        if not _wants_memory(error):
            raise
        raise TrainingError(NO_MEMORY, "Use fewer filters or units, or a smaller batch_size.") from error


def _wants_memory(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # TensorFlow's error by its name: it may not be what trains here.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or "std::bad_alloc" in str(error)
    )
