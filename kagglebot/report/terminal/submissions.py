"""What was submitted, and where that stands."""

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import facts, one_line, table

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.records import Leaderboard

#: Rows of a leaderboard's head that are shown.
_HEAD = 10


def list_submissions(entries: "list[LedgerEntry]") -> RenderableType:
    """Draw every submission, oldest first, with local and public score side by side."""
    if not entries:
        return Text("Nothing has been submitted from here yet.\nNext: kagglebot submit --best")
    drawn = table()
    for name in ("When (UTC)", "Made by", "Status"):
        drawn.add_column(name, no_wrap=True)
    drawn.add_column("Validation", justify="right", no_wrap=True)
    drawn.add_column("Public", justify="right", no_wrap=True)
    drawn.add_column("Remark")
    for entry in entries:
        drawn.add_row(
            entry.time[:16].replace("T", " "),
            f"{entry.study} {entry.model}".strip(),
            entry.status,
            formatting.score(entry.validation_score),
            formatting.score(entry.public_score),
            one_line(entry.error or entry.message),
        )
    return drawn


def describe_leaderboard(board: "Leaderboard") -> RenderableType:
    """Draw the head of the leaderboard, and where the best score from here would stand in it."""
    drawn = table()
    drawn.add_column("Rank", justify="right", no_wrap=True)
    drawn.add_column("Team")
    drawn.add_column("Score", justify="right", no_wrap=True)
    for standing in board.standings[:_HEAD]:
        drawn.add_row(f"{standing.rank:,}", one_line(standing.team), formatting.score(standing.score))
    teams = f"{len(board.standings):,} teams"
    if board.rank is None:
        return Group(drawn, Text(f"\n{teams}; nothing submitted from here has a score yet."))
    rows = [
        ("Best score from here", formatting.score(board.best_score)),
        ("Rank", f"{board.rank:,} of {teams}, top {board.percentile:.1f} %"),
    ]
    if board.next_score is not None and board.best_score is not None:
        rows.append(("To the next step", _step(board.best_score, board.next_score)))
    return Group(drawn, Text(), facts(rows))


def _step(own: float, above: float) -> str:
    # Both as long as the difference needs: on a board of log losses steps are small.
    decimals = max(5, 1 - math.floor(math.log10(abs(above - own))))
    return f"{above - own:+.{decimals}f}, to {above:.{decimals}f}"
