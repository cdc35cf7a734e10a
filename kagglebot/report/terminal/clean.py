"""What `clean` removed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report.widgets import table
from kagglebot.system.files.space import size_text

if TYPE_CHECKING:
    from kagglebot.datasets.cleaning import Removable


def describe_removed(removed: "Sequence[Removable]", *, dry_run: bool) -> RenderableType:
    """Return a line for each file or folder, and how much space they took."""
    if not removed:
        return Text("There is nothing to remove.")
    rows = table()
    for name in ("Kind", "Size", "Path"):
        rows.add_column(
            name, justify="right" if name == "Size" else "left", no_wrap=name != "Path", overflow="fold"
        )
    for each in removed:
        rows.add_row(each.kind, size_text(each.size), str(each.path))
    total = size_text(sum(each.size for each in removed))
    return Group(rows, Text(f"{total} would be freed." if dry_run else f"{total} are free now."))
