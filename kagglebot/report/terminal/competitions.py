"""The list of competitions."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from kagglebot.report.widgets import one_line, table

if TYPE_CHECKING:
    from kagglebot.kaggle.records import Competition


def remark(competition: "Competition") -> str:
    """Return what prevents a submission; empty where nothing does."""
    if competition.deadline is not None and competition.deadline < datetime.now(UTC):
        return "over"
    if competition.submissions_disabled:
        return "takes no submissions"
    if competition.notebooks_only:
        return "notebooks only"
    return "" if competition.entered else "rules not accepted"


def list_competitions(found: "list[Competition]") -> RenderableType:
    """Return one row per competition, in Kaggle's order."""
    if not found:
        return Text("Kaggle found no competition.")
    drawn = table()
    for name in ("Name", "Deadline", "Remark"):
        drawn.add_column(name, no_wrap=True)
    drawn.add_column("Title")
    for each in found:
        deadline = f"{each.deadline:%Y-%m-%d}" if each.deadline else "-"
        drawn.add_row(each.name, deadline, remark(each), one_line(f"{each.title} ({each.metric})"))
    return drawn
