"""Time several programs side by side: one after the other in each round, each in a new process."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memory import TreeMemory
from reporting import print_table, save_results
from svg_plot import Axis, Plot, Series, draw

_COMMAND = """
import os, sys
os.chdir(sys.argv[1])
from kagglebot.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


@dataclass(frozen=True)
class Run:
    """One timed run of a program.

    Attributes:
        seconds: Wall time, including the start of the interpreter; or the seconds that the code printed itself.
        peak_mb: Peak resident memory of the process and its children, sampled fifty times a second.
    """

    seconds: float
    peak_mb: int


def run_python(code: str, *arguments: object, timed_inside: bool = False) -> Run:
    """Run code in a new interpreter.

    Args:
        code: Passed to ``python -c``.
        arguments: Passed as ``sys.argv[1:]``.
        timed_inside: Take the seconds that the code prints instead of the wall time.

    Raises:
        SystemExit: The code exited with an error; the message is its stderr.
    """
    command = [sys.executable, "-c", code, *map(str, arguments)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with TreeMemory(process.pid, pause=0.02) as memory:
        stdout, stderr = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(stderr)
    return Run(float(stdout) if timed_inside else seconds, round(memory.peak / 1e6))


def run_kagglebot(folder: Path | str, *words: str) -> Run:
    """Run a kagglebot command in ``folder``; see :func:`run_python`."""
    return run_python(_COMMAND, folder, *words)


def run_rounds(programs: Mapping[str, Callable[[], Run]], runs: int) -> list[dict[str, Run]]:
    """Run every program once per round, after one uncounted round that warms the disk cache."""
    return [{name: program() for name, program in programs.items()} for _ in range(runs + 1)][1:]


def summarise(rounds: Sequence[Mapping[str, Run]]) -> dict[str, dict[str, Any]]:
    """Return the medians by program.

    Ratios to the first program are taken within a round, so that the load of the machine affects both alike.
    """
    first = next(iter(rounds[0]))
    return {
        name: {
            "seconds": statistics.median(each[name].seconds for each in rounds),
            "ratio_to_first": statistics.median(each[name].seconds / each[first].seconds for each in rounds),
            "peak_mb": round(statistics.median(each[name].peak_mb for each in rounds)),
        }
        for name in rounds[0]
    }


def report_rounds(groups: Mapping[str, Sequence[Mapping[str, Run]]], output: Path, **facts: Any) -> None:
    """Print a table for each group of programs; write all runs as JSON and a plot beside it."""
    results = {title: summarise(rounds) for title, rounds in groups.items()}
    plots = []
    for title, rounds in groups.items():
        rows = [
            [name, f"{each['seconds']:.3g}", f"{each['ratio_to_first']:.2f}", each["peak_mb"]]
            for name, each in results[title].items()
        ]
        print_table(title, ("", "seconds", "ratio to first", "MB"), rows)
        across = Axis("round", range(len(rounds) + 2))
        series = [
            Series(
                name, [(number, each[name].seconds) for number, each in enumerate(rounds, start=1)], "dots", colour
            )
            for colour, name in enumerate(rounds[0])
        ]
        plots.append(Plot(title, across, Axis("seconds"), series))
    every_run = {
        title: [{name: asdict(run) for name, run in each.items()} for each in rounds]
        for title, rounds in groups.items()
    }
    save_results(output, {**facts, "medians": results, "rounds": every_run})
    draw(output.with_suffix(".svg"), plots)
