"""What `kagglebot fetch` costs, and its data ever after: python benchmarks/fetch.py [--archive ZIP] [--runs N].

    fetch   the whole command, against the least that a script does: the Kaggle client's own download, zipfile, and
            one read of both CSV files with pyarrow or pandas. The practice server serves the archive.
    load    the decoded data, opened by kagglebot and looked at once, pixel by pixel, against reading the CSV files
            into such an array again, as a script does at each start. What is imported is not counted here.

All run as whole processes, in turn. Memory is that of the process and all it started.
"""

import os
import tempfile
from collections.abc import Callable
from functools import partial

from holdout_competition import need
from reporting import make_parser
from side_by_side import Run, command, in_turn, report, run

from kagglebot.practice.competition import from_archive
from kagglebot.practice.server import PracticeServer

BARE = """
import sys, zipfile
from pathlib import Path
from {module} import read_csv
from kagglebot.kaggle.session import Api
from kagglebot.kaggle.endpoint import endpoint
name, folder = sys.argv[1], Path(sys.argv[2])
api = Api(endpoint())
api.log_in()
api.competition_download_files(name, path=str(folder), quiet=True)
zipfile.ZipFile(folder / f"{{name}}.zip").extractall(folder)
for file in ("train.csv", "test.csv"):
    read_csv(folder / file)
"""
LOAD = """
import sys, time
from pathlib import Path
from kagglebot.datasets.dataset import load_dataset
started = time.perf_counter()
data = load_dataset(Path(sys.argv[2]) / "data" / sys.argv[1])
data.train_images.max(), data.test_images.max()
print(time.perf_counter() - started)
"""
READ = """
import sys, time
from pathlib import Path
import numpy as np, pandas as pd
from pyarrow.csv import read_csv
files = Path(sys.argv[2]) / "data" / sys.argv[1] / "files"
started = time.perf_counter()
train, test = ({reader} for file in ("train.csv", "test.csv"))
labels = train.pop("label").to_numpy()
train.to_numpy(np.uint8).reshape(-1, 28, 28, 1).max(), test.to_numpy(np.uint8).reshape(-1, 28, 28, 1).max()
print(time.perf_counter() - started)
"""
MODULES = {"pyarrow": "pyarrow.csv", "pandas": "pandas"}
TABLES = {"pyarrow": "read_csv(files / file).to_pandas()", "pandas": "pd.read_csv(files / file)"}


def in_empty_folder(way: Callable[[str], Run]) -> Run:
    """Do it in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        return way(folder)


def main() -> None:
    """Measure both, print their tables, keep JSON and the plots."""
    parser = make_parser(__doc__, "fetch")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    competition = from_archive(need(arguments.archive))
    name = competition.name
    ways = {"kagglebot fetch": lambda folder: command(folder, "fetch", name)} | {
        f"client, zipfile, {way}": partial(run, BARE.format(module=module), name)
        for way, module in MODULES.items()
    }
    fetches = {title: partial(in_empty_folder, way) for title, way in ways.items()}
    with PracticeServer([competition]) as server, tempfile.TemporaryDirectory() as workspace:
        os.environ.update(server.environment)
        command(workspace, "fetch", name)
        loads = {"kagglebot": partial(run, LOAD, name, workspace, timed_inside=True)} | {
            way: partial(run, READ.format(reader=table), name, workspace, timed_inside=True)
            for way, table in TABLES.items()
        }
        groups = {"fetch": in_turn(fetches, arguments.runs), "load": in_turn(loads, arguments.runs)}
    report(groups, arguments.output, runs=arguments.runs)


if __name__ == "__main__":
    main()
