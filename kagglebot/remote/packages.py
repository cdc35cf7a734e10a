"""The packages that go along to Kaggle, where a notebook without internet installs nothing else."""

import subprocess
import sys
import sysconfig
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from kagglebot.errors import DataError

#: What Kaggle's image lacks, or has in a version that may be another one than wrote the study: its Optuna is not
#: pinned. All else that a search imports is there, as far as known.
PACKAGES = ("optuna", "cmaes")
#: Where they are to run: Python 3.12 on Linux.
_PLATFORM = ("--python-version", "3.12", "--implementation", "cp", "--platform", "manylinux2014_x86_64")
_SECONDS = 600


def download_packages(folder: Path) -> None:
    """Download the wheels of ``PACKAGES`` into a folder, in the versions of this machine.

    Raises:
        DataError: They cannot be downloaded.
    """
    wanted = [f"{name}=={metadata.version(name)}" for name in PACKAGES]
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", *_PLATFORM)
    command = [sys.executable, *_pip(), "download", *options, "--dest", str(folder), *wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        problem = lines[-1].removeprefix("ERROR: ").rstrip(".") if done.returncode else ""
    except (OSError, subprocess.SubprocessError) as error:
        problem = str(error)
    if problem:
        raise DataError(
            f"The packages {', '.join(wanted)}, which Kaggle's notebooks need, were not downloaded: {problem}.",
            "Check the network, and that `python -m pip` runs (else: python -m ensurepip); then run it again.",
        )


def _pip() -> list[str]:
    """Return how Python runs pip: that which is installed, else that which comes with Python."""
    bundled = sorted(Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled").glob("pip-*.whl"))
    return ["-m", "pip"] if find_spec("pip") or not bundled else [str(bundled[-1] / "pip")]
