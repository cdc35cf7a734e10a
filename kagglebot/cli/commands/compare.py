"""``kagglebot compare``: studies side by side."""

from typing import Annotated

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session
from kagglebot.errors import UsageError


def compare(
    context: typer.Context,
    *,
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STUDY",
            help="Two studies or more.",
            show_default=False,
            autocompletion=completion.studies,
        ),
    ] = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put studies of a competition side by side.

    It tells which has the best trial, by how much, and whether that is more than luck: where both were
    scored on the same rows and kept what they predicted, row by row, else by the number of rows. Below
    that stand their trials, their time, and what their best trials do differently.

    Examples:
      $ kagglebot compare cnn seed-cnn3
      $ kagglebot compare cnn seed-cnn2 seed-cnn3 --json
    """
    names = list(dict.fromkeys(studies or ()))
    if len(names) < 2:
        raise UsageError("Comparing takes two studies or more.", "`kagglebot studies` lists what there is.")
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        comparison = session.workspace().compare(names, competition)
        from kagglebot.report.terminal.compare import describe_comparison

        screen.result(describe_comparison(comparison), comparison.to_json())
        if comparison.best:
            screen.next_step(f"kagglebot studies {comparison.best}")
