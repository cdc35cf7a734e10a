"""Command line, JSON results and tables that the benchmarks share."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from holdout_competition import DEFAULT_ARCHIVE
from rich.console import Console
from rich.table import Table

from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.system.hardware.cpu import available_cores
from kagglebot.training.provenance import versions

RESULTS = Path(__file__).parent / "results"
#: Load average before the benchmark began; figures of a busy machine mean little.
LOAD_BEFORE = round(os.getloadavg()[0], 1)
#: Characters per line of a table that is written to a file.
_WIDTH = 130


def make_parser(description: str | None, name: str, *, archive: bool = True) -> argparse.ArgumentParser:
    """Return an argument parser with ``--output`` and, unless ``archive`` is false, ``--archive``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if archive:
        parser.add_argument(
            "--archive", type=Path, default=DEFAULT_ARCHIVE, help="digit-recognizer.zip, as Kaggle sends it"
        )
    parser.add_argument(
        "--output",
        type=Path,
        default=RESULTS / f"{name}.json",
        help="JSON file for the results; the plot is written beside it",
    )
    return parser


def describe_machine() -> dict[str, Any]:
    """Return the machine and versions that the figures were measured with."""
    memory = psutil.virtual_memory().total
    return {
        "load_before": LOAD_BEFORE,
        "cores": available_cores(),
        "memory_gb": round(memory / 1e9, 1),
        "kind": platform.machine(),
        **versions(),
    }


def save_results(path: Path, document: dict[str, Any]) -> None:
    """Write the results and the machine to ``path``, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"machine": describe_machine(), **document})


def load_results(path: Path) -> dict[str, Any]:
    """Read earlier results from ``path``; return an empty dict if there are none."""
    return dict(read_json(path)) if path.is_file() else {}


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with its first column left-aligned and the others right-aligned; None becomes a dash."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
