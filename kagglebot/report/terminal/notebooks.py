"""What `notebooks` lists: datasets and notebooks in the user's account on Kaggle."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.system.files.space import size_text

if TYPE_CHECKING:
    from kagglebot.submission.notebooks.made import OnKaggle


def list_notebooks(made: "Sequence[OnKaggle]", *, removed: int = 0) -> RenderableType:
    """Return each dataset and notebook, its address on an unbroken line, after how many were removed."""
    gone = [Text(f"{removed} removed from your Kaggle account.")] if removed else []
    if not made:
        return Group(*gone) if gone else Text("kagglebot has made nothing in your Kaggle account.")
    lines = []
    for each in made:
        remark = "being scored" if each.in_use else "private" if each.private else "public"
        size = [size_text(each.size)] if each.kind == "dataset" else []
        lines.append(Text.assemble((each.kind, "bold"), ", ", ", ".join([remark, *size])))
        lines.append(Text(f"  {each.url}", no_wrap=True, overflow="ignore"))
    return Group(*gone, *lines)
