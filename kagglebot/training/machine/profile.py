"""The speed of this machine, measured by `doctor --bench` and stored in the user's cache for later searches."""

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
from kagglebot.system.files.cache_folder import cache_folder
from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.system.hardware.gpu import ask_driver, visible
from kagglebot.training.keras.backends import BACKENDS as KERAS_BACKENDS
from kagglebot.training.keras.backends import DEFAULT, check_installed, default_backend, installed

#: A backend or form that is not the default must be faster by this factor: less may be chance.
MIN_SPEEDUP = 1.1


@dataclass(frozen=True)
class Speed:
    """The speed at which the first net of the default study trains, with augmentation."""

    backend: str  #: Its Keras backend.
    processes: int  #: Number of nets trained at the same time, each in a process.
    threads: int  #: Threads of each process.
    images_a_second: float  #: Images a second of all processes together.
    step_seconds: float  #: Seconds of a step of one process.
    gflops: float  #: 10^9 operations a second of all processes together, in a product of large float32 matrices.


@dataclass(frozen=True)
class MachineProfile:
    """All measurements of this machine."""

    speeds: tuple[Speed, ...]  #: One for each backend, number of processes and number of threads.
    failed: Mapping[str, str]  #: Why a backend could not be measured, by its name.
    busy: float  #: Share of the cores that other programs used just before.

    def best(self, backend: str) -> Speed | None:
        """Return the speed of the form to use with a backend, many processes by default; None if not measured."""
        own = [speed for speed in self.speeds if speed.backend == backend]
        return _first_unless_beaten(sorted(own, key=lambda speed: -speed.processes))

    def jobs(self, backend: str) -> int | None:
        """Return the number of workers that is fastest on a backend; None if not measured."""
        best = self.best(backend)
        return best.processes if best else None

    @property
    def backend(self) -> str:
        """The backend that "auto" means."""
        chosen = _first_unless_beaten([best for name in KERAS_BACKENDS if (best := self.best(name))])
        return chosen.backend if chosen else DEFAULT

    def to_json(self) -> dict[str, Any]:
        """Return the profile as it is stored and as ``doctor --bench --json`` prints it."""
        return {"speeds": [asdict(speed) for speed in self.speeds], "failed": dict(self.failed), "busy": self.busy}


def _first_unless_beaten(speeds: list[Speed]) -> Speed | None:
    fastest = max(speeds, key=lambda speed: speed.images_a_second, default=None)
    if fastest is None or fastest.images_a_second < MIN_SPEEDUP * speeds[0].images_a_second:
        return speeds[0] if speeds else None
    return fastest


def choose_backend(wanted: str, *, elsewhere: bool = False) -> str:
    """Return the backend that a setting means; "auto" is the first one installed if nothing was measured.

    Args:
        wanted: The setting: "auto" or the name of a backend.
        elsewhere: Whether other machines train: they were not measured, and may have what is not installed here.

    Raises:
        UsageError: There is no such backend, or it is not installed.
    """
    if wanted not in BACKENDS:
        raise UsageError(f"There is no backend '{wanted}'.", f"Known: {', '.join(BACKENDS)}.")
    if wanted == "auto":
        if elsewhere:
            return DEFAULT
        measured = read_machine_profile()
        return default_backend() if measured is None else measured.backend
    if not elsewhere:
        check_installed(wanted)
    return wanted


def read_machine_profile() -> MachineProfile | None:
    """Read the profile of this machine with the versions installed now; None if there is none."""
    path = profile_path()
    try:
        kept = read_json(path) if path.is_file() else {}
        return MachineProfile(tuple(Speed(**speed) for speed in kept["speeds"]), kept["failed"], kept["busy"])
    except (DataError, KeyError, TypeError):  # of another version, or damaged: it can be measured again
        return None


def save_machine_profile(measured: MachineProfile) -> Path:
    """Store the profile and return the path of its file.

    Raises:
        DataError: The disk refused.
    """
    path = profile_path()
    write_json(path, {**measured.to_json(), "of": _circumstances()})
    return path


def profile_path() -> Path:
    """Return the path of this machine's profile; machines that share a home folder have one each."""
    key = hashlib.sha256(json.dumps(_circumstances(), sort_keys=True).encode()).hexdigest()[:16]
    return cache_folder() / f"bench-{key}.json"


def _circumstances() -> dict[str, Any]:
    """Return all that a measurement depends on: if any of it changes, it is void."""
    packages = ["keras", *(KERAS_BACKENDS[name] for name in installed())]
    versions = {name: metadata.version(name) for name in packages}
    cores = available_cores()
    names = [card.name for card in visible(ask_driver().cards)]
    cards = {"cards": names} if names else {}
    return {
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": cores,
        "versions": versions,
        **cards,
    }


def _processor() -> str:
    """Return the name of the processor, or an empty text if the system does not tell it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
