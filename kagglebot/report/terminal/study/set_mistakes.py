"""What the best trial found of each class, where an image may have several."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import table

if TYPE_CHECKING:
    from kagglebot.analysis.set_mistakes import SetMistakes

_CLASSES = 20


def describe_set_mistakes(mistakes: "SetMistakes") -> RenderableType:
    """Return the counts, precision and recall of the classes with the most mistakes."""
    shown = sorted(mistakes.most_mistaken[:_CLASSES])
    left = len(mistakes.classes) - len(shown)
    some = f" {formatting.title(formatting.most_mistaken(len(shown), left))}." if left else ""
    drawn = table()
    drawn.add_column("Class")
    for name in ("Images", "Given", "Rightly", "Precision", "Recall"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for one in shown:
        counts = (f"{int(each[one]):,}" for each in (mistakes.true, mistakes.predicted, mistakes.right))
        shares = (mistakes.precision(one), mistakes.recall(one))
        drawn.add_row(
            mistakes.classes[one], *counts, *("-" if share is None else f"{share:.1%}" for share in shares)
        )
    lead = (
        f"{mistakes.wrong:,} of {mistakes.rows:,} validation rows were given other classes than they have by "
        f"trial {mistakes.trial}.{some}"
    )
    return Group(Text(lead), Text(), drawn)
