"""Run the code of a notebook's cells as one script, as Kaggle does: ``python run_cells.py SCRIPT``.

The first error ends the run, and ``sys.exit`` is one, whatever its code.
"""

import runpy
import sys
import traceback


def main(script: str) -> int:
    """Run the script, and return the exit code."""
    try:
        runpy.run_path(script, run_name="__main__")
    except (Exception, SystemExit):
        sys.stdout.flush()
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
