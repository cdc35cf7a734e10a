"""The pieces that views are put together from."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

#: Cells between the columns of every table.
_GAP = 2


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Draw names and values in two columns; values wrap."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def table() -> Table:
    """Start a table without frames, its head underlined: it reads the same when piped."""
    from rich.box import Box

    underlined = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
    return Table(box=underlined, show_edge=False, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)


def one_line(text: str) -> Text:
    """Draw a table cell that gives way: cut off with an ellipsis before any other column loses a cell.

    Its column must not be ``no_wrap``, or rich would squeeze all columns alike.
    """
    return Text(text, no_wrap=True, overflow="ellipsis")


def heading(text: str) -> Text:
    """Draw a section's title, with an empty line above."""
    return Text.assemble("\n", (text, "bold underline"))
