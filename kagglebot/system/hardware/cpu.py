"""The CPUs of this process."""

import math
import os
from functools import cache
from pathlib import Path

from kagglebot.system.hardware.cgroups import cpu_quota


def available_cores() -> int:
    """Return the number of cores that this process may use; the quota of a container is rounded up, 1.5 to 2."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cpu_quota()
    return max(1, min(cores, math.ceil(quota))) if quota < cores else cores


@cache
def multiplies_bfloat16() -> bool:
    """Return whether the CPU has instructions for bfloat16, as far as the system tells it."""
    try:
        flags = Path("/proc/cpuinfo").read_text(errors="replace").split()
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags)
