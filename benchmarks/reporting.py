"""What a benchmark leaves behind: a JSON file, and a table on the terminal."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from holdout_competition import SHARED
from rich.console import Console
from rich.table import Table

from kagglebot.system.cpu import available_cores
from kagglebot.system.files import read_json, write_json
from kagglebot.training.provenance import versions

RESULTS = Path(__file__).parent / "results"
#: Processes that wanted the machine before the benchmark began; figures of a busy machine mean little.
LOAD_BEFORE = round(os.getloadavg()[0], 1)
#: Columns of a table that goes into a file.
_WIDTH = 130


def make_parser(description: str | None, name: str, *, archive: bool = True) -> argparse.ArgumentParser:
    """Make the parser of a benchmark: where the real rows are, if it works on them, and where its results go."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if archive:
        parser.add_argument(
            "--archive", type=Path, default=SHARED, help="digit-recognizer.zip, as Kaggle sends it"
        )
    parser.add_argument(
        "--output",
        type=Path,
        default=RESULTS / f"{name}.json",
        help="where the results go; the plot lies beside them",
    )
    return parser


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    memory = psutil.virtual_memory().total
    return {
        "load_before": LOAD_BEFORE,
        "cores": available_cores(),
        "memory_gb": round(memory / 1e9, 1),
        "kind": platform.machine(),
        **versions(),
    }


def keep(path: Path, document: dict[str, Any]) -> None:
    """Write the results, with the machine's, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"machine": machine(), **document})


def kept(path: Path) -> dict[str, Any]:
    """Read earlier results; empty where there are none."""
    return dict(read_json(path)) if path.is_file() else {}


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table, its first column to the left and the others to the right; None is a dash."""
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
