"""The best trial's confusion matrix, and the pairs of classes that are confused most often."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.confusion import Confusion

_PAIRS = 5
_LONGEST_NAME = 12


def describe_confusion(confusion: "Confusion", *, width: int) -> RenderableType:
    """Return the matrix, with as many classes as fit, and the pairs that are confused most often."""
    count = f"{confusion.wrong:,} of {confusion.rows:,} validation rows"
    wrong = f"{count} were predicted wrongly by trial {confusion.trial}"
    if not confusion.wrong:
        return Text(f"{wrong}.")
    shown = _shown(confusion, width)
    left = len(confusion.classes) - len(shown)
    caption = f"{wrong}. Rows are true classes, columns predicted ones"
    some = f"; {formatting.most_mistaken(len(shown), left)}" if left else ""
    return Group(Text(f"{caption}{some}."), Text(), _matrix(confusion, shown, width), Text(), _pairs(confusion))


def _cell(confusion: "Confusion", shown: list[int]) -> int:
    """Return the width of a cell: that of the largest number, or of a short header."""
    number = len(str(int(confusion.matrix[shown][:, shown].max())))
    return max(number, min(5, max(len(confusion.classes[index]) for index in shown)))


def _shown(confusion: "Confusion", width: int) -> list[int]:
    """Return the classes to show, by index: all of them, or those with the most mistakes."""
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
    drawn.add_column("Most frequent confusions")
    drawn.add_column("Times", justify="right", no_wrap=True)
    drawn.add_column("Share", no_wrap=True)
    for pair in confusion.pairs[:_PAIRS]:
        truth, predicted = confusion.classes[pair.truth], confusion.classes[pair.predicted]
        drawn.add_row(f"{truth} predicted as {predicted}", str(pair.count), f"{pair.share:.1%} of all {truth}")
    return drawn
