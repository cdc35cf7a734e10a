"""The command ``kagglebot notebooks``."""

import sys
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import Interrupted
from kagglebot.cli.options import JsonOption, Session
from kagglebot.errors import UsageError


def notebooks(
    context: typer.Context,
    *,
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove them from your account, after listing them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove them without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what kagglebot made in your Kaggle account.

    In a competition that takes notebooks only, `kagglebot submit` makes a private dataset and a private notebook,
    and renews both with the next model; `--on kaggle` does for a search or a training. They are not needed once a
    submission has its score, or what was made there is home; one that is still being scored is not removed.
    Datasets and notebooks that kagglebot did not make are never listed or removed.

    Examples:
      $ kagglebot notebooks
      $ kagglebot notebooks --clean
      $ kagglebot notebooks --clean --yes --json
    """
    if yes and not clean:
        raise UsageError("--yes answers what --clean asks.", "Run: kagglebot notebooks --clean --yes")
    with Screen(as_json=as_json) as screen:
        workspace = context.ensure_object(Session).workspace()
        with screen.progress() as on_progress:
            made = workspace.notebooks(on_progress=on_progress)
        from kagglebot.report.terminal.notebooks import list_notebooks

        removed = []
        if clean and any(not each.in_use for each in made):
            screen.err.print(list_notebooks(made), crop=False)
            if yes or _confirmed(as_json=as_json):
                with screen.progress() as on_progress:
                    removed = workspace.remove_notebooks(made, on_progress=on_progress)
        elif clean and made:
            screen.err.print("Nothing is removed: Kaggle is still scoring all of them.")
        left = [each for each in made if each not in removed]
        document = {
            "notebooks": [vars(each) for each in left],
            "removed": [vars(each) for each in removed],
        }
        screen.result(list_notebooks(left, removed=len(removed)), document)
        if made and not clean:
            screen.next_step("kagglebot notebooks --clean, once their scores, trials and models are here")


def _confirmed(*, as_json: bool) -> bool:
    """Return whether the user wants them removed; raise UsageError where nobody can be asked."""
    if as_json or not sys.stdin.isatty():
        raise UsageError("--clean asks before it removes, and nobody can answer.", "Add --yes to remove them.")
    try:
        return typer.confirm("Remove them from your Kaggle account?", err=True)
    except typer.Abort as error:
        typer.echo(err=True)  # ends the line of the question
        raise Interrupted("Nothing was removed.") from error
