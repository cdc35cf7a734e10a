"""The checks and the speeds that `doctor` reports."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import facts, table

if TYPE_CHECKING:
    from pathlib import Path

    from kagglebot.diagnostics.checks import Check
    from kagglebot.training.machine.profile import MachineProfile

#: Share of the cores that other programs may use during a measurement.
MOST_BUSY = 0.2
_BUSY = "Other programs used {:.0%} of the cores, so this is not reliable: run it again when they are done."
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def describe_health(checks: "list[Check]") -> RenderableType:
    """Return one line for each check, with a hint below those that are not ok."""
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
    """Return how fast models train on this machine, and what searches will use."""
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
                ("Searches use", f"{measured.backend}, {formatting.count(jobs, 'worker')} at a time"),
                ("Stored in", str(path)),
            ]
        ),
    )
