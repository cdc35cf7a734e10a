"""Predict the test images that are here now, and write submission.csv; README.md says how.

``kagglebot export`` copies this file into what it writes, as inference.py. It runs there, beside the model and
kagglebot's own sources, and nothing needs to be installed.
"""

import os
import sys
from pathlib import Path

EXPORT = Path(os.environ.get("KAGGLEBOT_EXPORT") or Path(__file__).parent)


def add_sources() -> None:
    """Let ``import kagglebot`` find the sources that came with the model, before any others."""
    # An archive that Kaggle has unpacked is a folder, perhaps without the ending.
    unpacked = (path.parent.parent for path in EXPORT.glob("**/kagglebot/__init__.py"))
    sys.path.insert(0, str(next(unpacked, EXPORT / "kagglebot.pyz")))


def main() -> None:
    """Predict, and say in one line what came of it."""
    from kagglebot.errors import KagglebotError
    from kagglebot.submission.export.inference import infer

    try:
        target, rows = infer(EXPORT, os.environ)
    except KagglebotError as error:
        sys.exit(f"error: {error.message}\nhint: {error.hint}")
    except ModuleNotFoundError as error:
        sys.exit(f"error: This needs the package {error.name}, which is not here.\nhint: Add it to the inputs.")
    print(f"{rows:,} predictions are in {target.resolve()}.")


if __name__ == "__main__":
    add_sources()
    main()
