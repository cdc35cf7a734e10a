"""The number of workers that a machine can run."""

from kagglebot.system.cpu import available_cores
from kagglebot.system.memory import available_memory
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.machine_profile import read_machine_profile

#: Memory that a worker may need, TensorFlow included.
WORKER_BYTES = 1_500_000_000
MOST_JOBS = 8


def most_jobs() -> int:
    """Return the most workers that this machine can run: one a core, as far as its memory goes."""
    memory = int(available_memory() // WORKER_BYTES)
    return max(1, min(available_cores(), memory, MOST_JOBS))


def auto_jobs(backend: str = DEFAULT) -> int:
    """Return the number of workers for this machine: the fastest one measured, or one a core.

    On small nets several processes of one thread are mostly faster than one process of several.
    """
    measured = read_machine_profile()
    most = most_jobs()
    return most if measured is None else min(most, measured.jobs(backend) or most)
