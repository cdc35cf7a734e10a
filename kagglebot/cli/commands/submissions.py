"""The command ``kagglebot submissions``."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session
from kagglebot.errors import UsageError


def submissions(
    context: typer.Context,
    refresh: Annotated[bool, typer.Option("--refresh/--no-refresh", help="Ask Kaggle for missing scores.")] = True,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line per submission as CSV.")] = False,
) -> None:
    """List submissions with their local and public scores.

    Scores that came after `kagglebot submit` stopped waiting are read from Kaggle.

    Examples:
      $ kagglebot submissions
      $ kagglebot submissions --no-refresh --json
      $ kagglebot submissions --csv > submissions.csv
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other.", "Leave one of them out.")
    with Screen(as_json=as_json or as_csv) as screen:
        workspace = context.ensure_object(Session).workspace()
        name = workspace.competition(competition)
        with screen.progress() as on_progress:
            entries = workspace.submission_records(name, refresh=refresh, on_progress=on_progress)
        if as_csv:
            from kagglebot.submission.dataframes import submissions_dataframe

            screen.text(submissions_dataframe(entries).to_csv(index=False))
            return
        from kagglebot.report.terminal.submissions import list_submissions

        document = {"competition": name, "submissions": [entry.to_json() for entry in entries]}
        screen.result(list_submissions(entries), document)
        option = workspace.competition_option(name)
        if not entries:
            screen.next_step(f"kagglebot submit --best{option}")
        if any(entry.status == "pending" for entry in entries):
            screen.next_step(f"kagglebot submissions{option}, in some minutes: Kaggle is still scoring")
