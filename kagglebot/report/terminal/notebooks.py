"""What `notebooks` lists: datasets and notebooks in the user's account on Kaggle."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report.widgets import table
from kagglebot.system.files import size_text

if TYPE_CHECKING:
    from kagglebot.submission.notebooks.made import OnKaggle


def list_notebooks(made: "Sequence[OnKaggle]", *, removed: int = 0) -> RenderableType:
    """Return a line for each dataset and notebook, after how many were removed."""
    gone = [Text(f"{removed} removed from your Kaggle account.")] if removed else []
    if not made:
        return Group(*gone) if gone else Text("kagglebot has made nothing in your Kaggle account.")
    rows = table()
    for name in ("Kind", "Size", "Remark", "Address"):
        rows.add_column(
            name, justify="right" if name == "Size" else "left", no_wrap=name != "Address", overflow="fold"
        )
    for each in made:
        remark = "being scored" if each.in_use else "private" if each.private else "public"
        size = size_text(each.size) if each.kind == "dataset" else ""
        rows.add_row(each.kind, size, remark, Text(each.url))
    return Group(*gone, rows)
