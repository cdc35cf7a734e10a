"""What the best trial takes for what: its confusion matrix, and the pairs most often mistaken."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.confusion import Confusion

_PAIRS = 5
_LONGEST_NAME = 12


def describe_mistakes(confusion: "Confusion", *, width: int) -> RenderableType:
    """Draw the matrix, of as many classes as there is room for, and the pairs most often mistaken."""
    wrong = f"{confusion.wrong:,} of {confusion.rows:,} rows got the wrong class from trial {confusion.trial}"
    if not confusion.wrong:
        return Text(f"{wrong}.")
    shown = _shown(confusion, width)
    left = len(confusion.classes) - len(shown)
    told = f"{wrong}. A line for each true class, a column for each answer"
    some = f"; the {len(shown)} classes most often mistaken, {left} more are left out" if left else ""
    return Group(Text(f"{told}{some}."), Text(), _matrix(confusion, shown, width), Text(), _pairs(confusion))


def _cell(confusion: "Confusion", shown: list[int]) -> int:
    """Columns of a cell: the largest number, and the head where that is short."""
    number = len(str(int(confusion.matrix[shown][:, shown].max())))
    return max(number, min(5, max(len(confusion.classes[index]) for index in shown)))


def _shown(confusion: "Confusion", width: int) -> list[int]:
    """The classes to draw, by index: all of them, or those that take part in the most mistakes."""
    shown = confusion.most_mistaken
    while len(shown) > 2 and _LONGEST_NAME + 9 + len(shown) * (_cell(confusion, shown) + 1) > width:
        shown = shown[:-1]
    return sorted(shown)


def _matrix(confusion: "Confusion", shown: list[int], width: int) -> Table:
    cell = _cell(confusion, shown)
    drawn = table()
    drawn.add_column("", justify="right", no_wrap=True, max_width=_LONGEST_NAME)
    for index in shown:
        drawn.add_column(confusion.classes[index][:cell], justify="right", no_wrap=True, width=cell)
    drawn.add_column("  wrong", justify="right", no_wrap=True)
    for truth in shown:
        row = confusion.matrix[truth]
        cells = [_count(int(row[index]), right=index == truth) for index in shown]
        missed = int(row.sum() - row[truth])
        drawn.add_row(confusion.classes[truth][:_LONGEST_NAME], *cells, f"{missed / max(1, row.sum()):.1%}")
    return drawn


def _count(number: int, *, right: bool) -> Text:
    if right:
        return Text(str(number), style="dim")
    return Text(str(number), style="bold red") if number else Text("·", style="dim")


def _pairs(confusion: "Confusion") -> Table:
    drawn = table()
    drawn.add_column("Most often mistaken")
    drawn.add_column("Times", justify="right", no_wrap=True)
    drawn.add_column("Share", no_wrap=True)
    for pair in confusion.pairs[:_PAIRS]:
        truth, predicted = confusion.classes[pair.truth], confusion.classes[pair.predicted]
        drawn.add_row(f"{truth} taken for {predicted}", str(pair.count), f"{pair.share:.1%} of all {truth}")
    return drawn
