"""The command ``kagglebot compare``."""

from typing import Annotated

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StorageOption
from kagglebot.errors import UsageError


def compare(
    context: typer.Context,
    *,
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY",
            help="Names of two or more studies.",
            show_default=False,
            autocompletion=completion.studies,
        ),
    ] = None,
    competition: CompetitionOption = None,
    storage: StorageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare studies of a competition.

    It shows which study has the best trial, by how much, and whether that is significant. The test is paired,
    row by row, if both best trials were scored on the same rows and saved their predictions. Below it lists
    the studies' trials and time, and the settings in which their best trials differ.

    Examples:
      $ kagglebot compare cnn seed-cnn3
      $ kagglebot compare cnn seed-cnn2 seed-cnn3 --json
    """
    names = list(dict.fromkeys(studies or ()))
    if len(names) < 2:
        raise UsageError("A comparison needs two studies or more.", "Run `kagglebot studies` to list them.")
    with Screen(as_json=as_json) as screen:
        workspace = context.ensure_object(Session).workspace(storage)
        comparison = workspace.compare(names, competition)
        from kagglebot.report.terminal.compare import describe_comparison

        screen.result(describe_comparison(comparison), comparison.to_json())
        if comparison.best:
            option = workspace.competition_option(comparison.analyses[0].summary.competition)
            screen.next_step(f"kagglebot studies {comparison.best}{option}")
