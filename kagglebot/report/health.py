"""What the doctor found."""

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kagglebot.doctor import Check

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def describe_health(checks: "list[Check]") -> RenderableType:
    """Draw one line a check, and under what is not well what to do."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for check in checks:
        mark, style = _MARKS[check.state]
        grid.add_row(Text(mark, style=style), check.name, check.value)
        if check.hint:
            grid.add_row("", "", check.hint)
    return grid
