"""The limits of this process's control groups, as containers and service managers set them; version 1 and 2."""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

#: Where Linux tells the control groups of this process, and where they are mounted.
PROC = Path("/proc/self")


def cpu_quota() -> float:
    """Return how many CPUs' time this process may use, as 1.5; infinite without a quota."""
    return min(_each("cpu", _cpus), default=math.inf)


def free_memory() -> float:
    """Return the bytes that this process's groups may still use; infinite without a limit."""
    return min(_each("memory", _free_bytes), default=math.inf)


def _cpus(folder: Path) -> float:
    if (folder / "cpu.max").exists():
        quota, period = (folder / "cpu.max").read_text().split()
    else:
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
    return math.inf if quota in ("max", "-1") else int(quota) / int(period)


def _free_bytes(folder: Path) -> float:
    two = (folder / "memory.max").exists()
    most, used = ("memory.max", "memory.current") if two else ("memory.limit_in_bytes", "memory.usage_in_bytes")
    limit = (folder / most).read_text().strip()
    if limit == "max":
        return math.inf
    counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    cached = int(counts.get("inactive_file" if two else "total_inactive_file", 0))  # freed when it is needed
    return max(0, int(limit) - int((folder / used).read_text()) + cached)


def _each(controller: str, read: Callable[[Path], float]) -> Iterator[float]:
    """Yield what ``read`` finds in each group of a controller that has such a limit."""
    for folder in _groups(controller):
        with suppress(OSError, ValueError):
            yield read(folder)


def _groups(controller: str) -> Iterator[Path]:
    """Yield the folder of this process's group, and of those around it as far as they are mounted."""
    with suppress(OSError, ValueError):
        own = dict(_own_groups())
        for line in (PROC / "mountinfo").read_text().splitlines():
            fields, _, rest = line.partition(" - ")
            _, _, _, root, mounted, *_ = fields.split()
            kind, *_, options = rest.split()
            name = "" if kind == "cgroup2" else controller
            if name not in own or (kind != "cgroup2" and not (kind == "cgroup" and name in options.split(","))):
                continue
            top, group = Path(mounted), PurePosixPath(own[name])
            inner = group.relative_to(root) if group.is_relative_to(root) else PurePosixPath()
            yield from (top / each for each in (inner, *inner.parents))


def _own_groups() -> Iterator[tuple[str, str]]:
    """Yield each controller of version 1, and "" for version 2, with the path of this process's group."""
    for line in (PROC / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        yield from ((name, path) for name in controllers.split(","))
