"""``kagglebot studies``: what was tried, and what came out."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen, stdout_console
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StudyName
from kagglebot.errors import UsageError


def studies(
    context: typer.Context,
    *,
    study: StudyName = None,
    confusion: Annotated[
        int | None,
        typer.Option("--mistakes", "-m", min=1, max=100, metavar="N", help="Draw the N worst mistakes too."),
    ] = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line per trial as CSV.")] = False,
) -> None:
    """List the studies, or with a name sum one up.

    The summary answers first which settings won, by how much, whether that is luck, what mattered, and
    whether pruning was worth it. Then it shows what that rests on: the best trial beside the defaults, the
    top ten, how the best came about, importances, scores by setting, learning curves, what is taken for
    what, the time spent and saved, and what to do next.

    Examples:
      $ kagglebot studies
      $ kagglebot studies cnn
      $ kagglebot studies cnn --mistakes 6
      $ kagglebot studies cnn --csv > trials.csv
    """
    if study is None and (as_csv or confusion):
        raise UsageError(
            f"{'--csv' if as_csv else '--mistakes'} is about the trials of one study.",
            f"Name it: kagglebot studies cnn {'--csv' if as_csv else '--confusion 6'}",
        )
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other.", "Leave one of them out.")
    session = context.ensure_object(Session)
    with Screen(as_json=as_json or as_csv) as screen:
        workspace = session.workspace()
        if study is None:
            from kagglebot.report.terminal.studies import list_studies

            summaries = workspace.studies(competition)
            screen.result(list_studies(summaries), {"studies": [each.to_json() for each in summaries]})
            screen.next_step(
                f"kagglebot studies {summaries[0].study}" if summaries else "kagglebot tune --trials 50"
            )
        elif as_csv:
            screen.text(workspace.trials(study, competition).to_csv(index=False))
        else:
            from kagglebot.report.terminal.study.summary import describe_study

            analysis = workspace.analysis(study, competition)
            images = workspace.worst_images(analysis, confusion) if confusion else ()
            console = stdout_console()
            colour = console.color_system is not None and not console.no_color
            drawn = describe_study(analysis, width=console.width, images=images, colour=colour)
            screen.result(drawn, analysis.to_json())
