"""Measure how time and memory grow: python benchmarks/growth.py [--trials 50] [--rows N].

Time: one trial of the default study's first net with more and more rows, then with more and more epochs, then many
trials one after the other. A line is fitted to the seconds each time; R squared near 1 means linear growth.
Memory: resident memory of this process and its workers while one worker runs many small trials, each with a
different net from the default study's space.
"""

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from holdout_competition import make_workspace, require_archive
from memory import TreeMemory
from reporting import make_parser, print_table, save_results
from single_net_study import STUDY, SearchTimings, run_search, single_net_definition
from svg_plot import Axis, Plot, Series, draw

from kagglebot.study_config.load import load_definition
from kagglebot.study_config.schema import Definition
from kagglebot.study_config.space import Dimension
from kagglebot.workspace import Workspace

#: Trials at the beginning and at the end whose memory is compared.
SETTLED = 5
Points = list[tuple[float, float]]


def small_trials(workspace: Workspace) -> Definition:
    """Return the default study restricted to few filters and blocks, one epoch each."""
    definition = load_definition(workspace.root, STUDY)
    space = {name: each for name, each in definition.space.items() if name != "epochs"}
    space |= {"filters": Dimension(low=4, high=8, step=2), "blocks": Dimension(low=2, high=3)}
    fixed = {**definition.fixed, "epochs": 1}
    return definition.model_copy(update={"name": "small", "space": space, "fixed": fixed, "trials": []})


def line(points: Points) -> dict[str, float]:
    """Fit a line to points by least squares."""
    x, y = np.array(points).T
    slope, start = np.polyfit(x, y, 1)
    spread = float(((y - y.mean()) ** 2).sum())
    missed = float(((y - start - slope * x) ** 2).sum())
    return {"start": float(start), "slope": float(slope), "r_squared": 1 - missed / spread if spread else 1.0}


def with_rows(archive: Path, most: int) -> Points:
    """Return the seconds of a trial of three epochs by the rows of train.csv."""
    points: Points = []
    for rows in (most // 8, most // 4, most // 2, most):
        with tempfile.TemporaryDirectory() as folder:
            workspace = make_workspace(archive, Path(folder), rows)
            points.append(
                (
                    rows,
                    run_search(workspace, single_net_definition(workspace, "rows", 3), trials=1, jobs=1).trials[0],
                )
            )
    return points


def with_epochs(workspace: Workspace, most: int) -> Points:
    """Return the seconds of a trial by its epochs."""
    return [
        (
            epochs,
            run_search(
                workspace, single_net_definition(workspace, f"epochs-{epochs}", epochs), trials=1, jobs=1
            ).trials[0],
        )
        for epochs in (max(1, most // 8), most // 4, most // 2, most)
    ]


def with_trials(record: SearchTimings) -> Points:
    """Return the seconds since the start of the search by the number of finished trials."""
    return [(number, seconds) for number, seconds in enumerate(record.ended, start=1)]


def memory_after(record: SearchTimings, memory: TreeMemory, started: float) -> Points:
    """Return the peak resident memory in MB while each trial ran."""
    edges = [record.begun, *record.ended]
    points: Points = []
    for number, (begun, ended) in enumerate(pairwise(edges), start=1):
        sizes = [size for when, size in memory.samples if begun <= when - started <= ended]
        if sizes:
            points.append((number, max(sizes) / 1e6))
    return points


def report(document: dict[str, Any], output: Path) -> None:
    """Print the tables and write the plots."""
    cost = document["cost"]
    print_table(
        "Seconds, with a fitted line",
        ("", "from", "to", "first seconds", "last seconds", "slope", "intercept", "R squared"),
        [
            [
                name,
                f"{each['points'][0][0]:,.0f}",
                f"{each['points'][-1][0]:,.0f}",
                f"{each['points'][0][1]:.2f}",
                f"{each['points'][-1][1]:.2f}",
                f"{each['slope']:.5f}",
                f"{each['start']:.2f}",
                f"{each['r_squared']:.4f}",
            ]
            for name, each in cost.items()
        ],
    )
    memory = document["memory"]
    print_table(
        "Peak resident memory of the process tree while trials run, in MB",
        (
            f"trials 1-{SETTLED}",
            f"last {SETTLED} of {memory['trials']}",
            "growth per trial after those",
            "peak",
        ),
        [[*(f"{memory[key]:,.1f}" for key in ("first_mb", "last_mb", "mb_a_trial", "peak_mb"))]],
    )
    plots = [
        Plot(
            f"Time by {name}",
            Axis(name),
            Axis("seconds"),
            [Series("measured", each["points"]), _fitted_line(each)],
        )
        for name, each in cost.items()
    ]
    resident = [Series("peak while the trial ran", memory["points"])]
    draw(
        output.with_suffix(".svg"),
        [*plots, Plot("Resident memory by trial", Axis("trials"), Axis("MB"), resident)],
    )


def _fitted_line(cost: dict[str, Any]) -> Series:
    ends = (cost["points"][0][0], cost["points"][-1][0])
    return Series("fitted line", [(x, max(0.0, cost["start"] + cost["slope"] * x)) for x in ends], "line", 1)


def main() -> None:
    """Run the benchmark; print the tables, write JSON and the plots."""
    parser = make_parser(__doc__, "growth")
    parser.add_argument(
        "--rows",
        type=int,
        default=16_000,
        metavar="N",
        help="largest number of rows",
    )
    parser.add_argument("--epochs", type=int, default=16, metavar="N", help="largest number of epochs, at least 8")
    parser.add_argument(
        "--trials", type=int, default=50, metavar="N", help=f"small trials, at least {2 * SETTLED}"
    )
    arguments = parser.parse_args()
    require_archive(arguments.archive)
    trials = max(2 * SETTLED, arguments.trials)
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(arguments.archive, Path(folder), max(500, arguments.rows // 8))
        with TreeMemory() as memory:
            record = run_search(workspace, small_trials(workspace), trials=trials, jobs=1)
        resident = memory_after(record, memory, record.started)
        equal = run_search(
            workspace, single_net_definition(workspace, "trials", 1), trials=max(6, trials // 3), jobs=1
        )
        points = {
            "rows": with_rows(arguments.archive, arguments.rows),
            "epochs": with_epochs(workspace, max(8, arguments.epochs)),
            "trials": with_trials(equal),
            "small trials, different nets": with_trials(record),
        }
    document = {
        "cost": {name: {"points": each, **line(each)} for name, each in points.items()},
        "memory": {
            "trials": trials,
            "first_mb": max(size for _, size in resident[:SETTLED]),
            "last_mb": max(size for _, size in resident[-SETTLED:]),
            "mb_a_trial": line(resident[SETTLED - 1 :])["slope"],
            "peak_mb": memory.peak / 1e6,
            "points": resident,
        },
    }
    save_results(arguments.output, document)
    report(document, arguments.output)


if __name__ == "__main__":
    main()
