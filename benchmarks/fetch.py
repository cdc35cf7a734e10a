"""How long `kagglebot fetch` takes against the bare parts: python benchmarks/fetch.py [--archive ZIP] [--runs N].

The bare parts are the Kaggle client's own download, zipfile, and one pyarrow read of both CSV files. Both sides
run as whole processes, in turn, against the practice server, which serves the archive.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kagglebot.practice.competition import from_archive
from kagglebot.practice.server import PracticeServer

SHARED = Path(__file__).parents[1] / ".." / "shared" / "data" / "digit-recognizer.zip"
BARE = """
import sys, zipfile
from pathlib import Path
from pyarrow import csv
from kagglebot.kaggle.api import Api
from kagglebot.kaggle.endpoint import endpoint
name, folder = sys.argv[1], Path(sys.argv[2])
api = Api(endpoint())
api.log_in()
api.competition_download_files(name, path=str(folder), quiet=True)
zipfile.ZipFile(folder / f"{name}.zip").extractall(folder)
for file in ("train.csv", "test.csv"):
    csv.read_csv(folder / file)
"""
OURS = """
import sys
from pathlib import Path
from kagglebot.workspace import Workspace
Workspace(Path(sys.argv[2])).fetch(sys.argv[1])
"""
LOAD = """
import sys, time
from pathlib import Path
from kagglebot.datasets.dataset import load_dataset
started = time.perf_counter()
load_dataset(Path(sys.argv[2]) / "data" / sys.argv[1])
print(time.perf_counter() - started)
"""


def run(code: str, name: str, folder: Path) -> tuple[float, str]:
    """Wall seconds of a new interpreter that runs ``code``, and what it printed."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, name, str(folder)], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - started, done.stdout


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, default=SHARED)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    if not arguments.archive.is_file():
        sys.exit(f"skipped: there is no {arguments.archive}; name an archive with --archive")
    competition = from_archive(arguments.archive)
    pairs, loads = [], []
    with PracticeServer([competition]) as server:
        os.environ.update(server.environment)
        for number in range(arguments.runs + 1):  # the first one warms the disk cache and is not counted
            with tempfile.TemporaryDirectory() as bare, tempfile.TemporaryDirectory() as ours:
                pair = run(OURS, competition.name, Path(ours))[0], run(BARE, competition.name, Path(bare))[0]
                load = float(run(LOAD, competition.name, Path(ours))[1])
            if number:
                pairs.append(pair)
                loads.append(load)
    result = {
        "fetch_seconds": round(statistics.median(ours for ours, _ in pairs), 2),
        "bare_seconds": round(statistics.median(bare for _, bare in pairs), 2),
        "ratio": round(statistics.median(ours / bare for ours, bare in pairs), 2),
        "cached_load_seconds": round(statistics.median(loads), 4),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
