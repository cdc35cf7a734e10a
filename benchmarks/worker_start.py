"""Measure the start of a worker and of a trial: python benchmarks/worker_start.py [--rows N] [--runs N].

In a new process with one thread, a worker of `tune` starts: imports, study and data, then two nets, the first of
the default study and one with fewer filters. Of a net's first step and first prediction the time of the later ones
is taken off: the rest comes once a trial. Figures are processor seconds, which hardly depend on what else the
machine does; medians over the runs.
"""

import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import started_worker
from holdout_competition import make_workspace, require_archive
from reporting import make_parser, print_table, save_results
from single_net_study import STUDY, first_trial_settings

from kagglebot.paths import StudyLocation
from kagglebot.search.trial.context import SearchContext
from kagglebot.study_config.load import load_definition
from kagglebot.workspace import Workspace

#: Filters of the second net.
FEWER = 12


def describe(workspace: Workspace) -> tuple[SearchContext, dict[str, dict[str, Any]]]:
    """Return a search by the default study, and the settings of the nets."""
    competition = workspace.competition()
    location = StudyLocation(competition, STUDY, workspace.root / "studies" / competition / STUDY)
    search = SearchContext(location, load_definition(workspace.root, STUDY), workspace.data(competition), seed=0)
    settings = first_trial_settings(workspace)
    return search, {"first net": settings, "second net": {**settings, "filters": FEWER}}


def start(path: Path) -> dict[str, float]:
    """Start a process as a worker; return the processor seconds of each part."""
    command = [sys.executable, started_worker.__file__, str(path)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(json.loads(printed.splitlines()[-1]))


def main() -> None:
    """Run the benchmark; print the table and write JSON."""
    parser = make_parser(__doc__, "worker_start")
    parser.add_argument("--rows", type=int, metavar="N", help="rows of train.csv; 33,600 by default")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    require_archive(arguments.archive)
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(arguments.archive, Path(folder), arguments.rows)
        path = Path(folder) / "search.pickle"
        path.write_bytes(pickle.dumps(describe(workspace)))
        # The first one reads the libraries from the disk, and makes the study.
        runs = [start(path) for _ in range(arguments.runs + 1)][1:]
    taken = {part: statistics.median(each[part] for each in runs) for part in runs[0]}
    save_results(arguments.output, {"rows": arguments.rows, "processor_seconds": taken, "runs": runs})
    title = f"Processor seconds, median of {arguments.runs} processes"
    print_table(title, ("", "s"), [[part, f"{seconds:.2f}"] for part, seconds in taken.items()])


if __name__ == "__main__":
    main()
