"""A submission, the list of submissions, and the leaderboard."""

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kagglebot.metrics.registry import get_metric
from kagglebot.report import formatting
from kagglebot.report.widgets import facts, one_line, table

if TYPE_CHECKING:
    from kagglebot.submission.ledger import LedgerEntry
    from kagglebot.submission.records import Leaderboard, Submitted

#: Teams that are shown.
_SHOWN_TEAMS = 10


def list_submissions(entries: "list[LedgerEntry]") -> RenderableType:
    """Return all submissions, oldest first, with local and public scores."""
    if not entries:
        return Text("Nothing has been submitted from this workspace yet.")
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


def describe_submission(submitted: "Submitted") -> RenderableType:
    """Return the submission with the local and the public score."""
    file = "".join(f"{kind} {name}" for kind, name in submitted.model.items())
    source = f"{submitted.label} of {submitted.study}" if submitted.study else file
    local = formatting.score(submitted.validation_score)
    if submitted.single_score is not None:
        local = formatting.together(submitted.validation_score, submitted.single_score)
    rows = [
        ("File", f"{submitted.file} ({submitted.rows:,} rows, checked)"),
        ("Model", source),
        ("Metric", formatting.measure(get_metric(submitted.metric))),
        ("Validation score", local),
        *formatting.sealed(submitted.sealed_score, submitted.sealed_error, submitted.sealed_rows),
        ("Public score", formatting.score(submitted.public_score)),
    ]
    if submitted.notebook:
        rows.append(("Notebook", submitted.notebook))
    if submitted.ref is not None:
        rows.append(("Kaggle's number", str(submitted.ref)))
    together = submitted.single_score is not None
    chosen = formatting.optimism(submitted.optimism, together=together) if submitted.optimism else ""
    sentences = (submitted.why, chosen, *submitted.left_out, *submitted.rebuilt)
    notes = [Text(note, style="dim") for note in sentences if note]
    return Group(Text(_headline(submitted), style="bold"), facts(rows), *notes)


def _headline(submitted: "Submitted") -> str:
    name = submitted.competition
    if submitted.status == "dry-run":
        return f"Ready for {name}; nothing was uploaded."
    if submitted.status == "running":
        return f"A notebook predicts for {name} on Kaggle; it is not submitted yet."
    if not submitted.new:
        what = "this notebook's submission" if submitted.notebook else "this file"
        return f"Kaggle already has {what} for {name}; it was not submitted again (--again does)."
    if submitted.status == "pending":
        return f"Submitted to {name}; Kaggle has not scored it yet."
    return f"Submitted to {name}."
