"""Time `kagglebot fetch` and loading its data: python benchmarks/fetch.py [--archive ZIP] [--runs N].

    fetch   the whole command, against a minimal script: download with the Kaggle client, zipfile, and one read of
            both CSV files with pyarrow or pandas. The practice server serves the archive.
    load    open the decoded arrays and touch every pixel, against reading the CSV files into such arrays again, as
            a script does at each start. Imports are not counted here.

Each runs as a whole process, one after the other in each round. Memory is that of the process and its children.
"""

import os
import tempfile
from collections.abc import Callable
from functools import partial

from holdout_competition import require_archive
from reporting import make_parser
from side_by_side import Run, report_rounds, run_kagglebot, run_python, run_rounds

from kagglebot.practice.competition import from_archive
from kagglebot.practice.server import PracticeServer

BARE = """
import sys, zipfile
from pathlib import Path
from {module} import read_csv
from kagglebot.kaggle.connection.session import Api
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


def in_empty_folder(program: Callable[[str], Run]) -> Run:
    """Run ``program`` with an empty folder as its argument."""
    with tempfile.TemporaryDirectory() as folder:
        return program(folder)


def main() -> None:
    """Run the benchmark; print the tables, write JSON and the plots."""
    parser = make_parser(__doc__, "fetch")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    competition = from_archive(require_archive(arguments.archive))
    name = competition.name
    programs = {"kagglebot fetch": lambda folder: run_kagglebot(folder, "fetch", name)} | {
        f"client, zipfile, {reader}": partial(run_python, BARE.format(module=module), name)
        for reader, module in MODULES.items()
    }
    fetches = {title: partial(in_empty_folder, program) for title, program in programs.items()}
    with PracticeServer([competition]) as server, tempfile.TemporaryDirectory() as workspace:
        os.environ.update(server.environment)
        run_kagglebot(workspace, "fetch", name)
        loads = {"kagglebot": partial(run_python, LOAD, name, workspace, timed_inside=True)} | {
            reader: partial(run_python, READ.format(reader=table), name, workspace, timed_inside=True)
            for reader, table in TABLES.items()
        }
        groups = {"fetch": run_rounds(fetches, arguments.runs), "load": run_rounds(loads, arguments.runs)}
    report_rounds(groups, arguments.output, runs=arguments.runs)


if __name__ == "__main__":
    main()
