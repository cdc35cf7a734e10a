"""Tables that use the width of the terminal."""

import io

import pytest
from rich.console import Console

from kagglebot.report.widgets import columns

LINES = [(mark, name, "0.0272", "0.008") for mark in ("≠", " ") for name in ("blocks", "learning_rate", "epochs")]


@pytest.mark.parametrize("width", range(36, 150))
def test_as_many_columns_of_rows_as_fit_and_none_is_cut_off(width: int) -> None:
    console = Console(file=io.StringIO(), width=width)
    console.print(columns(("", "Parameter", "Best", "Default"), LINES, width=width))
    head, _, *rows = console.file.getvalue().splitlines()
    beside = -(-len(LINES) // len(rows))
    assert head.count("Default") == head.count("Parameter") == beside == 1 + (width >= 72) + (width >= 111)
    assert sum(row.count("0.008") for row in rows) == len(LINES)
