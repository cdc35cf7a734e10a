"""Tables, columns and headings that all views share."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

#: Cells between the columns of every table.
_GAP = 2


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Return names and values in two columns; values wrap."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return grid


def table() -> Table:
    """Return an empty table without a frame and with an underlined header, which reads the same when piped."""
    from rich.box import Box

    underlined = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
    return Table(box=underlined, show_edge=False, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)


def columns(head: Sequence[str], lines: Sequence[Sequence[str]], *, width: int) -> Table:
    """Return short rows as a table of several columns of rows, as many as fit, read downwards."""
    cells = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    # A cell takes two more columns, for padding and rich's divider; an empty column of four stands between rows.
    beside = max(1, min(len(lines), (width + 6) // (sum(cells) + 2 * len(cells) + 4)))
    deep = -(-len(lines) // beside)
    beside = -(-len(lines) // deep)
    drawn = table()
    for number in range(beside):
        for name, cell in zip(head, cells, strict=True):
            drawn.add_column(name, no_wrap=True, min_width=cell)
        if number < beside - 1:
            drawn.add_column("", no_wrap=True, min_width=2)
    padding = [""] * len(head)
    for place in range(deep):
        row: list[str] = []
        for start in range(place, beside * deep, deep):
            row += [*(lines[start] if start < len(lines) else padding), ""]
        drawn.add_row(*row[:-1])
    return drawn


def one_line(text: str) -> Text:
    """Return a cell that is cut off with an ellipsis before any other column is squeezed.

    Its column must not be ``no_wrap``, or rich would squeeze all columns alike.
    """
    return Text(text, no_wrap=True, overflow="ellipsis")


def heading(text: str) -> Text:
    """Return a section's title, with an empty line above."""
    return Text.assemble("\n", (text, "bold underline"))
