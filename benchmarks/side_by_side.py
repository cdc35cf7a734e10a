"""Ways to do the same thing, timed in turn, each as a whole new process."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memory import TreeMemory
from reporting import keep, print_table
from svg_plot import Axis, Plot, Series, draw

_COMMAND = """
import os, sys
os.chdir(sys.argv[1])
from kagglebot.cli.main import run
sys.exit(run(sys.argv[2:]))
"""


@dataclass(frozen=True)
class Run:
    """One way, done once.

    Attributes:
        seconds: Wall time, the start of the interpreter included unless the code printed its own.
        peak_mb: The most resident memory of the process and all it started, looked at fifty times a second.
    """

    seconds: float
    peak_mb: int


def run(code: str, *arguments: object, timed_inside: bool = False) -> Run:
    """Run code in a new interpreter.

    Args:
        code: What ``python -c`` gets.
        arguments: Its ``sys.argv[1:]``.
        timed_inside: The code prints its seconds, which count instead.

    Raises:
        SystemExit: It did not end well; what it complained of is the message.
    """
    command = [sys.executable, "-c", code, *map(str, arguments)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with TreeMemory(process.pid, pause=0.02) as memory:
        printed, complaint = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(complaint)
    return Run(float(printed) if timed_inside else seconds, round(memory.peak / 1e6))


def command(folder: Path | str, *words: str) -> Run:
    """Run a command of kagglebot's in a folder; see ``run``."""
    return run(_COMMAND, folder, *words)


def in_turn(ways: Mapping[str, Callable[[], Run]], runs: int) -> list[dict[str, Run]]:
    """Do all ways in each round; one round more, which warms the disk's cache, goes before and is not counted."""
    return [{name: way() for name, way in ways.items()} for _ in range(runs + 1)][1:]


def summarise(rounds: Sequence[Mapping[str, Run]]) -> dict[str, dict[str, Any]]:
    """Medians by way; times are compared with the first way's within a round, so that moods fall on both."""
    first = next(iter(rounds[0]))
    return {
        way: {
            "seconds": statistics.median(each[way].seconds for each in rounds),
            "of_first": statistics.median(each[way].seconds / each[first].seconds for each in rounds),
            "peak_mb": round(statistics.median(each[way].peak_mb for each in rounds)),
        }
        for way in rounds[0]
    }


def report(groups: Mapping[str, Sequence[Mapping[str, Run]]], output: Path, **facts: Any) -> None:
    """Print a table for each group of ways, and keep all as JSON, with a plot beside it."""
    results = {title: summarise(rounds) for title, rounds in groups.items()}
    plots = []
    for title, rounds in groups.items():
        rows = [
            [way, f"{each['seconds']:.3g}", f"{each['of_first']:.2f}", each["peak_mb"]]
            for way, each in results[title].items()
        ]
        print_table(title, ("", "seconds", "of the first", "MB"), rows)
        across = Axis("round", range(len(rounds) + 2))
        series = [
            Series(
                way, [(number, each[way].seconds) for number, each in enumerate(rounds, start=1)], "dots", colour
            )
            for colour, way in enumerate(rounds[0])
        ]
        plots.append(Plot(title, across, Axis("seconds"), series))
    every = {
        title: [{way: asdict(run) for way, run in each.items()} for each in rounds]
        for title, rounds in groups.items()
    }
    keep(output, {**facts, "medians": results, "rounds": every})
    draw(output.with_suffix(".svg"), plots)
