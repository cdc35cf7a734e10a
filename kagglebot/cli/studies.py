"""``kagglebot studies``: what was tried, and what came out."""

import typer

from kagglebot.cli.console import Screen, stdout_console
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StudyName


def studies(
    context: typer.Context,
    *,
    study: StudyName = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the studies, or with a name sum one up.

    The summary counts the trials by state and shows the best one with its settings, the top ten, what
    mattered, learning curves, how long it took and what pruning saved.

    Examples:
      $ kagglebot studies
      $ kagglebot studies cnn
      $ kagglebot studies cnn --json
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        if study is None:
            from kagglebot.report.listing import list_studies

            summaries = session.workspace().studies(competition)
            screen.result(list_studies(summaries), {"studies": [each.to_json() for each in summaries]})
            screen.next_step(
                f"kagglebot studies {summaries[0].study}" if summaries else "kagglebot tune --trials 50"
            )
        else:
            from kagglebot.report.summary import TOP, describe_study

            summary = session.workspace().summary(study, competition)
            drawn = describe_study(summary, width=stdout_console().width)
            screen.result(drawn, summary.to_json(top=TOP))
            submit = f"kagglebot submit {summary.study} --best, or " if summary.best else ""
            screen.next_step(f"{submit}kagglebot tune {summary.study} --trials 20 for more")
