"""``kagglebot fetch``: the data of a competition."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.failures import kept
from kagglebot.cli.options import JsonOption, Session


def fetch(
    context: typer.Context,
    *,
    competition: Annotated[
        str | None,
        typer.Argument(
            metavar="COMPETITION",
            help="The last part of the competition's address on kaggle.com.  [default: digit-recognizer]",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Download again what is already here.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Download a competition's data and say what is in it.

    The archive goes to data/COMPETITION/ through the `kaggle` client, is verified, unpacked and decoded
    once. A second run with nothing new on Kaggle downloads nothing; one that was cut off goes on where it
    was. You need a Kaggle token, and to have accepted the competition's rules on its page.

    Examples:
      $ kagglebot fetch
      $ kagglebot fetch digit-recognizer --json
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            kept("What was downloaded is kept.", "Run the same command again to go on there."),
            screen.progress() as progress,
        ):
            found = session.workspace().fetch(competition, progress=progress, force=force)
        from kagglebot.report.dataset import describe_dataset

        schema = found.schema
        document = {
            **schema.to_json(),
            "image_shape": list(schema.image_shape),
            "classes": list(schema.classes),
            "downloaded": found.downloaded,
            "folder": str(found.folder),
        }
        screen.result(describe_dataset(schema, found.folder, downloaded=found.downloaded), document)
        screen.next_step("kagglebot tune --trials 50")
