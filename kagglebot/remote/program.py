"""Carry out the work that lies beside this file.

``--on kaggle`` copies it to job.py, beside kagglebot's sources, so that nothing is downloaded.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKED = Path(os.environ.get("KAGGLEBOT_EXPORT") or Path(__file__).parent)


def add_sources() -> None:
    """Make ``import kagglebot`` import the sources beside this file, and other packages those that came along."""
    if wheels := sorted(map(str, PACKED.glob("*.whl"))):
        folder = tempfile.mkdtemp(prefix="kagglebot-packages-")
        options = ("--quiet", "--no-index", "--no-deps", "--disable-pip-version-check", "--target", folder)
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *wheels], check=True)
        sys.path.insert(0, folder)
    # Kaggle may have unpacked the archive to a folder, perhaps without the suffix.
    unpacked = (path.parent.parent for path in PACKED.glob("**/kagglebot/__init__.py"))
    sys.path.insert(0, str(next(unpacked, PACKED / "kagglebot.pyz")))


def main() -> None:
    """Carry it out, and leave what was made in the current folder."""
    from kagglebot.errors import KagglebotError
    from kagglebot.remote.there import carry_out

    try:
        carry_out(PACKED, Path.cwd())
    except KagglebotError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    except ModuleNotFoundError as error:
        sys.exit(f"error: The package {error.name} is not installed.")


if __name__ == "__main__":
    add_sources()
    main()
