"""The memory of this process."""

from kagglebot.system.cgroups import free_memory


def available_memory() -> float:
    """Return the bytes that are free for this process, within the limits of its container and of ``ulimit -v``."""
    import psutil

    free = [psutil.virtual_memory().available, free_memory()]
    if hasattr(psutil, "RLIMIT_AS"):
        limit, _ = psutil.Process().rlimit(psutil.RLIMIT_AS)
        free += [limit] if limit != psutil.RLIM_INFINITY else []
    return min(free)
