"""The memory of this process."""

from kagglebot.system.hardware.cgroups import free_memory


def available_memory(*, swap: bool = False) -> float:
    """Return the bytes that are free for this process, within the limits of its container and of ``ulimit -v``.

    With ``swap`` that counts too: what needs it is slow, but is not killed.
    """
    import psutil

    free = [psutil.virtual_memory().available + swap * psutil.swap_memory().free, free_memory()]
    if hasattr(psutil, "RLIMIT_AS"):
        limit, _ = psutil.Process().rlimit(psutil.RLIMIT_AS)
        free += [limit] if limit != psutil.RLIM_INFINITY else []
    return min(free)
