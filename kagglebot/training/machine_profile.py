"""What `doctor --bench` found out about this machine, kept in the user's cache for the searches that follow."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from kagglebot.config import BACKENDS
from kagglebot.errors import DataError, UsageError
from kagglebot.system.cpu import available_cores
from kagglebot.system.files import read_json, write_json
from kagglebot.training.keras.backends import BACKENDS as KERAS_BACKENDS
from kagglebot.training.keras.backends import DEFAULT, check_installed, installed

#: What is not the default has to be faster by this factor: less may be chance, and would not be worth the change.
PAYS = 1.1


@dataclass(frozen=True)
class Speed:
    """How fast the default study's first net learns, augmentation included.

    Attributes:
        backend: What it learned on.
        processes: How many nets learned at the same time.
        threads: Threads of each process.
        images_a_second: What all processes together learned from.
        step_seconds: A step of one process.
        gflops: 10^9 operations a second that all processes together reach in a product of large float32 matrices.
    """

    backend: str
    processes: int
    threads: int
    images_a_second: float
    step_seconds: float
    gflops: float


@dataclass(frozen=True)
class MachineProfile:
    """All that was measured.

    Attributes:
        speeds: Of each backend in each form.
        failed: Why a backend could not be measured, by its name.
        busy: The share of the cores that other programs took just before.
    """

    speeds: tuple[Speed, ...]
    failed: Mapping[str, str]
    busy: float

    def best(self, backend: str) -> Speed | None:
        """Give the form to take with a backend, by default many processes; None where it was not measured."""
        own = [speed for speed in self.speeds if speed.backend == backend]
        own.sort(key=lambda speed: speed.processes, reverse=True)
        return _first_unless_beaten(own)

    def jobs(self, backend: str) -> int | None:
        """Workers that a search on a backend is fastest with; None where it was not measured."""
        best = self.best(backend)
        return best.processes if best else None

    @property
    def backend(self) -> str:
        """What "auto" takes."""
        chosen = _first_unless_beaten([best for name in KERAS_BACKENDS if (best := self.best(name)) is not None])
        return chosen.backend if chosen else DEFAULT

    def to_json(self) -> dict[str, Any]:
        """As it is kept, and for ``--json``."""
        return {"speeds": [asdict(speed) for speed in self.speeds], "failed": dict(self.failed), "busy": self.busy}


def _first_unless_beaten(speeds: list[Speed]) -> Speed | None:
    fastest = max(speeds, key=lambda speed: speed.images_a_second, default=None)
    if fastest is None or fastest.images_a_second < PAYS * speeds[0].images_a_second:
        return speeds[0] if speeds else None
    return fastest


def choose_backend(wanted: str, *, elsewhere: bool = False) -> str:
    """Give the backend that a setting means; "auto" is the default one where nothing was measured.

    Args:
        wanted: The setting.
        elsewhere: Whether it is for other machines: of these nothing was measured, and they may have what is not
            installed here.

    Raises:
        UsageError: There is no such backend, or it is not installed.
    """
    if wanted not in BACKENDS:
        raise UsageError(f"There is no backend '{wanted}'.", f"Known: {', '.join(BACKENDS)}.")
    if wanted == "auto":
        measured = None if elsewhere else read_machine_profile()
        return DEFAULT if measured is None else measured.backend
    if not elsewhere:
        check_installed(wanted)
    return wanted


def read_machine_profile() -> MachineProfile | None:
    """Read what was measured on this machine, with the versions installed now; None where nothing was."""
    path = measured_path()
    try:
        kept = read_json(path) if path.is_file() else {}
        return MachineProfile(tuple(Speed(**speed) for speed in kept["speeds"]), kept["failed"], kept["busy"])
    except (DataError, KeyError, TypeError):  # another version's, or damaged: it can be measured again
        return None


def save_machine_profile(measured: MachineProfile) -> Path:
    """Keep what was measured, and say where.

    Raises:
        DataError: The disk refused.
    """
    path = measured_path()
    write_json(path, {**measured.to_json(), "of": _circumstances()})
    return path


def measured_path() -> Path:
    """Where what was measured here is kept: another machine with the same home has its own."""
    from platformdirs import user_cache_path

    key = hashlib.sha256(json.dumps(_circumstances(), sort_keys=True).encode()).hexdigest()[:16]
    return user_cache_path("kagglebot") / f"bench-{key}.json"


def _circumstances() -> dict[str, Any]:
    """All that a measurement depends on; it counts no longer once any of this changes."""
    return {
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": available_cores(),
        "versions": {
            name: metadata.version(name) for name in ("keras", *(KERAS_BACKENDS[each] for each in installed()))
        },
    }


def _processor() -> str:
    """Name of the processor, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
