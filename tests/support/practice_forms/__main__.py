"""Serve a small competition of one form: ``PYTHONPATH=tests/support python -m practice_forms NAME``."""

import argparse
import contextlib
import tempfile
from pathlib import Path

from kagglebot.practice.__main__ import serve
from practice_forms import LAYOUTS, write_form

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m practice_forms", description=__doc__)
    parser.add_argument("form", choices=LAYOUTS)
    parser.add_argument("--port", type=int, default=0, help="port of the API; the default is a free one")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory() as folder:
        serve(write_form(Path(folder), options.form), options.port)
