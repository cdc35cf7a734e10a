"""The list of submissions, and the leaderboard."""

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.report import formatting
from kagglebot.report.widgets import facts, one_line, table

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.records import Leaderboard

#: Teams that are shown.
_SHOWN_TEAMS = 10


def list_submissions(entries: "list[LedgerEntry]") -> RenderableType:
    """Return all submissions, oldest first, with local and public scores."""
    if not entries:
        return Text("Nothing has been submitted from this workspace yet.\nNext: kagglebot submit --best")
    drawn = table()
    for name in ("Time (UTC)", "Model", "Status"):
        drawn.add_column(name, no_wrap=True)
    drawn.add_column("Validation", justify="right", no_wrap=True)
    drawn.add_column("Public", justify="right", no_wrap=True)
    drawn.add_column("Remark")
    for entry in entries:
        drawn.add_row(
            formatting.minute(entry.time),
            f"{entry.study} {entry.model}".strip(),
            entry.status,
            formatting.score(entry.validation_score),
            formatting.score(entry.public_score),
            one_line(entry.error or entry.message),
        )
    return drawn


def describe_leaderboard(board: "Leaderboard") -> RenderableType:
    """Return the top of the leaderboard, and the rank of the best score from this workspace."""
    drawn = table()
    drawn.add_column("Rank", justify="right", no_wrap=True)
    drawn.add_column("Team")
    drawn.add_column("Score", justify="right", no_wrap=True)
    for standing in board.standings[:_SHOWN_TEAMS]:
        drawn.add_row(f"{standing.rank:,}", one_line(standing.team), formatting.score(standing.score))
    teams = f"{len(board.standings):,} teams"
    if board.rank is None:
        return Group(drawn, Text(f"\n{teams}; nothing submitted from this workspace has a score yet."))
    rows = [
        ("Your best score", formatting.score(board.best_score)),
        ("Rank", f"{board.rank:,} of {teams}, top {board.percentile:.1f} %"),
    ]
    if board.next_score is not None and board.best_score is not None:
        rows.append(("To the next rank", _step(board.best_score, board.next_score)))
    return Group(drawn, Text(), facts(rows))


def _step(own: float, above: float) -> str:
    # As many decimals as the difference needs: between log losses it is small.
    decimals = max(5, 1 - math.floor(math.log10(abs(above - own))))
    return f"{above - own:+.{decimals}f}, to {above:.{decimals}f}"
