"""Memory that runs out while a net is trained: one error, whatever the engine or the system calls it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from kagglebot.training.learner import FailureKind, TrainingError

#: Errors of TensorFlow and PyTorch, by name, as they may not be what trains here.
_NAMES = {"ResourceExhaustedError", "OutOfMemoryError"}
#: Texts of errors that have no class of their own: of C++, of PyTorch on a CPU, and of CUDA and its libraries.
#: These need memory of their own on a card, and where it is used up most say only that they did not start.
_TEXTS = (
    "std::bad_alloc",
    "can't allocate memory",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_NOT_INITIALIZED",
    "DEVICE_ALLOCATION_FAILED",
    "HOST_ALLOCATION_FAILED",
    "cuDNN failed to initialize",
    "No algorithm worked!",
)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a lack of memory inside the block into a ``TrainingError``; every other error passes.

    Raises:
        TrainingError: NumPy, TensorFlow, PyTorch, the C++ beneath them or the system could not allocate memory.
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
    named = isinstance(error, MemoryError) or type(error).__name__ in _NAMES
    return named or any(text in str(error) for text in _TEXTS)
