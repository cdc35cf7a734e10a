"""How many workers a machine is given."""

import psutil

from kagglebot.system.cpu import available_cores
from kagglebot.training.keras.backends import DEFAULT
from kagglebot.training.machine_profile import read_machine_profile

#: Memory a worker may come to need, TensorFlow included.
WORKER_BYTES = 1_500_000_000
MOST_JOBS = 8


def most_jobs() -> int:
    """Workers that this machine carries: one a core, as far as memory goes."""
    memory = int(psutil.virtual_memory().available // WORKER_BYTES)
    return max(1, min(available_cores(), memory, MOST_JOBS))


def auto_jobs(backend: str = DEFAULT) -> int:
    """Workers for this machine: as many as were measured to be fastest; before that one a core.

    One thread a process mostly wastes less than several threads on one small net.
    """
    measured = read_machine_profile()
    most = most_jobs()
    return most if measured is None else min(most, measured.jobs(backend) or most)
