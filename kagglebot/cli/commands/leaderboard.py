"""The command ``kagglebot leaderboard``."""

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session


def leaderboard(
    context: typer.Context, competition: CompetitionOption = None, as_json: JsonOption = False
) -> None:
    """Show the leaderboard and the rank of your best score.

    Examples:
      $ kagglebot leaderboard
      $ kagglebot leaderboard --competition digit-recognizer --json
    """
    with Screen(as_json=as_json) as screen:
        with screen.progress() as on_progress:
            board = context.ensure_object(Session).workspace().standing(competition, on_progress=on_progress)
        from kagglebot.report.terminal.submissions import describe_leaderboard

        document = {
            "competition": board.competition,
            "teams": len(board.standings),
            "best_score": board.best_score,
            "rank": board.rank,
            "percentile": board.percentile,
            "next_score": board.next_score,
            "top": [{"rank": each.rank, "team": each.team, "score": each.score} for each in board.standings[:10]],
        }
        screen.result(describe_leaderboard(board), document)
