"""``kagglebot fetch``: the data of a competition."""

from typing import Annotated

import typer

from kagglebot.cli import completion
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
            autocompletion=completion.competitions,
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="COLUMN", help="The column of the training table that holds the class."),
    ] = None,
    identifier: Annotated[
        str | None,
        typer.Option("--id", metavar="COLUMN", help="The column that names the images, or a test row's id."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="What a submission is scored by: accuracy, auc, kappa, log_loss or macro_f1.",
        ),
    ] = None,
    skip_corrupt: Annotated[
        bool | None,
        typer.Option(
            "--skip-corrupt/--no-skip-corrupt",
            help="Go on past images that cannot be read: left out of training, black in the test set.",
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

    What the files leave open is assumed and said. --target, --id, --metric and --skip-corrupt say otherwise;
    they are kept for the next time, and an empty text ("") takes one back.

    Examples:
      $ kagglebot fetch
      $ kagglebot fetch digit-recognizer --json
      $ kagglebot fetch dog-breed-identification --metric log_loss
    """
    session = context.ensure_object(Session)
    said = {"target": target, "id": identifier, "metric": metric}
    choices = {name: value for name, value in said.items() if value is not None}
    if skip_corrupt is not None:
        choices["skip_corrupt"] = "yes" if skip_corrupt else ""
    with Screen(as_json=as_json) as screen:
        with (
            kept("What was downloaded is kept.", "Run the same command again to go on there."),
            screen.progress() as on_progress,
        ):
            found = session.workspace().fetch(competition, on_progress=on_progress, force=force, choices=choices)
        from kagglebot.report.terminal.dataset import describe_dataset

        schema = found.schema
        document = {
            **schema.to_json(),
            "image_shape": list(schema.image_shape),
            "classes": list(schema.classes),
            "assumptions": list(schema.assumptions),
            "downloaded": found.downloaded,
            "folder": str(found.folder),
        }
        screen.result(describe_dataset(schema, found.folder, downloaded=found.downloaded), document)
        for assumption in schema.assumptions:
            screen.note(f"note: {assumption}")
        screen.next_step("kagglebot tune --trials 50")
