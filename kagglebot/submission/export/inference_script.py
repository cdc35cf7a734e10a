"""Predict the test images and write submission.csv; see README.md.

``kagglebot export`` copies this file to inference.py, beside the model and kagglebot's sources, so that nothing
needs to be installed.
"""

import os
import sys
from pathlib import Path

EXPORT = Path(os.environ.get("KAGGLEBOT_EXPORT") or Path(__file__).parent)


def add_sources() -> None:
    """Make ``import kagglebot`` import the sources beside the model."""
    # Kaggle may have unpacked the archive to a folder, perhaps without the suffix.
    unpacked = (path.parent.parent for path in EXPORT.glob("**/kagglebot/__init__.py"))
    sys.path.insert(0, str(next(unpacked, EXPORT / "kagglebot.pyz")))


def main() -> None:
    """Predict, and print the result in one line."""
    from kagglebot.errors import KagglebotError
    from kagglebot.submission.export.inference import infer

    try:
        target, rows = infer(EXPORT, os.environ)
    except KagglebotError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    except ModuleNotFoundError as error:
        sys.exit(f"error: The package {error.name} is not installed.\nhint: Add it to the inputs.")
    print(f"{rows:,} predictions are in {target.resolve()}.")


if __name__ == "__main__":
    add_sources()
    main()
