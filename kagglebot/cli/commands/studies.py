"""The command ``kagglebot studies``."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kagglebot.cli.console import Screen, stdout_console
from kagglebot.cli.hints import in_workspace
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StorageOption, StudyName
from kagglebot.errors import UsageError
from kagglebot.system.storage_url import as_option

if TYPE_CHECKING:
    from kagglebot.analysis.study_analysis import StudyAnalysis


def studies(
    context: typer.Context,
    *,
    study: StudyName = None,
    mistakes: Annotated[
        int | None,
        typer.Option("--mistakes", "-m", min=1, max=100, metavar="N", help="Draw the N worst mistakes."),
    ] = None,
    competition: CompetitionOption = None,
    storage: StorageOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line per trial as CSV.")] = False,
) -> None:
    """List the studies, or summarise one.

    The summary starts with answers: which settings won, by how much, whether that is significant, which
    parameters mattered, and whether pruning paid off. Then come the details: the best trial beside the
    defaults, the top ten, the history of the best score, importances, scores by setting, learning curves,
    confused classes, the time spent and saved, and what to do next.

    Examples:
      $ kagglebot studies
      $ kagglebot studies cnn
      $ kagglebot studies cnn --mistakes 6
      $ kagglebot studies cnn --csv > trials.csv
    """
    if study is None and (as_csv or mistakes):
        raise UsageError(
            f"{'--csv' if as_csv else '--mistakes'} needs the name of a study.",
            f"For example: kagglebot studies cnn {'--csv' if as_csv else '--mistakes 6'}",
        )
    if as_csv and as_json:
        raise UsageError("--csv and --json exclude each other.", "Leave one of them out.")
    with Screen(as_json=as_json or as_csv) as screen:
        workspace = context.ensure_object(Session).workspace(storage)
        if study is None:
            from kagglebot.report.terminal.studies import list_studies

            summaries = workspace.studies(competition)
            screen.result(list_studies(summaries), {"studies": [each.to_json() for each in summaries]})
            named = [workspace.competition(competition)] if competition else workspace.fetched()
            names = [each.competition for each in summaries] or named
            if not names:
                screen.next_step("kagglebot fetch")
                return
            step = f"studies {summaries[0].study}" if summaries else "tune --trials 50"
            option = workspace.competition_option(names[0])
            screen.next_step(f"kagglebot {step}{option}{as_option(storage)}")
        elif as_csv:
            screen.text(workspace.trials(study, competition).to_csv(index=False))
        else:
            from kagglebot.report.terminal.study.summary import describe_study

            analysis = _in_workspace(workspace.analysis(study, competition))
            images = workspace.worst_images(analysis, mistakes) if mistakes else ()
            console = stdout_console()
            colour = console.color_system is not None and not console.no_color
            screen.result(
                lambda: describe_study(analysis, width=console.width, images=images, colour=colour),
                analysis.to_json(),
            )


def _in_workspace(analysis: "StudyAnalysis") -> "StudyAnalysis":
    """Return an analysis whose recommended commands work in the workspace of this command."""
    steps = (
        replace(each, reason=in_workspace(each.reason), command=in_workspace(each.command))
        for each in analysis.recommendations
    )
    return replace(analysis, recommendations=tuple(steps))
