"""What the doctor found."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import facts, table

if TYPE_CHECKING:
    from pathlib import Path

    from kagglebot.diagnostics.checks import Check
    from kagglebot.training.machine_profile import MachineProfile

#: The share of the cores that other programs may take while it is measured.
MOST_BUSY = 0.2
_BUSY = "Other programs took {:.0%} of the cores: run it again when they are done, or the choice is chance."
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


def describe_speeds(measured: "MachineProfile", path: "Path") -> RenderableType:
    """Draw how fast nets learn here, and what searches will take."""
    speeds = table()
    speeds.add_column("Backend", no_wrap=True)
    for name in ("Workers x threads", "A step", "Images/s", "Matrix GFLOP/s"):
        speeds.add_column(name, justify="right", no_wrap=True)
    used = measured.best(measured.backend)
    for speed in measured.speeds:
        speeds.add_row(
            speed.backend,
            f"{speed.processes} x {speed.threads}",
            f"{1000 * speed.step_seconds:.1f} ms",
            f"{speed.images_a_second:,.0f}",
            f"{speed.gflops:,.0f}",
            style="bold" if speed is used else "",
        )
    jobs = measured.jobs(measured.backend) or 1
    return Group(
        speeds,
        Text(),
        *(
            Text(f"{name} could not be measured: {reason}", style="yellow")
            for name, reason in measured.failed.items()
        ),
        *([Text(_BUSY.format(measured.busy), style="yellow")] if measured.busy > MOST_BUSY else []),
        facts(
            [
                ("Searches take", f"{measured.backend}, {formatting.count(jobs, 'worker')} at a time"),
                ("Stored in", str(path)),
            ]
        ),
    )
