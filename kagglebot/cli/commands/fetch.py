"""The command ``kagglebot fetch``."""

from typing import Annotated

import typer

from kagglebot.cli import completion
from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import JsonOption, Session


def fetch(
    context: typer.Context,
    *,
    competition: Annotated[
        str | None,
        typer.Argument(
            metavar="COMPETITION",
            help="Name of the competition: the end of its address.  [default: digit-recognizer]",
            autocompletion=completion.competitions,
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Use this column of the training table as the class.")
    ] = None,
    identifier: Annotated[
        str | None,
        typer.Option("--id", metavar="COLUMN", help="Use this column as the image's name, or a test row's id."),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Score with this metric, such as auc, macro_f1 or map@5."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Keep rows with the same value in this column on one side of a split. Also a pattern of file "
            "names with one group, or none.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="WORD",
            help="Read a label such as 'rust scab' as one class, or as several: 'one' or 'several'.",
        ),
    ] = None,
    skip_corrupt: Annotated[
        bool | None,
        typer.Option(
            "--skip-corrupt/--no-skip-corrupt",
            help="Skip images that cannot be read: no training on them, black in the test set.",
        ),
    ] = None,
    source: Annotated[
        str | None,  # a Path of "" would be the current folder
        typer.Option(
            "--from",
            metavar="FOLDER_OR_ZIP",
            help="Read the competition's files from here instead of asking Kaggle; nothing is written there.",
        ),
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Download only files like this, such as 'train_512/*', and the sample submission; repeatable.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Download even if nothing is new, and replace edited files.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Download a competition's data and show what it contains.

    The archive goes to data/COMPETITION/. It is downloaded with the official `kaggle` client, verified,
    unpacked and decoded. Run the command again to resume, or to get a new version; if Kaggle has nothing new,
    nothing is downloaded. You need a Kaggle token, and must accept the competition's rules on its page first.

    You may edit the files in data/COMPETITION/files/, for example to correct labels in train.csv. Run the command
    again afterwards: it decodes them as they are then.

    --from reads files that are here already, such as a browser's download: it needs no network and no account.
    Tables are copied into data/COMPETITION/, images stay where they are. In a notebook on Kaggle the competition's
    data is found among the notebook's inputs, without --from. Kaggle's name of the metric is not in the files:
    check the metric that is assumed.

    Before the download, Kaggle's list of files, the tables among them and the metric tell whether the competition
    is in scope, how large it is, and how much space is free.

    kagglebot works out the columns and the metric, and prints what it had to assume. --target, --id, --group,
    --labels, --metric and --skip-corrupt correct that. They are saved for later runs, as --files is; an empty
    text ("") resets one.

    Examples:
      $ kagglebot fetch
      $ kagglebot fetch digit-recognizer --json
      $ kagglebot fetch dog-breed-identification --metric log_loss
      $ kagglebot fetch digit-recognizer --files '*.csv'
      $ kagglebot fetch --from ~/Downloads/digit-recognizer.zip
    """
    session = context.ensure_object(Session)
    given = {"target": target, "id": identifier, "group": group, "labels": labels, "metric": metric}
    choices = {name: value for name, value in given.items() if value is not None}
    if files is not None:
        choices["files"] = "\n".join(filter(None, files))
    if skip_corrupt is not None:
        choices["skip_corrupt"] = "yes" if skip_corrupt else ""
    with Screen(as_json=as_json) as screen:
        with (
            on_interrupt("What was downloaded is saved.", "Run the same command again to resume."),
            screen.progress() as on_progress,
        ):
            workspace = session.workspace()
            found = workspace.fetch(
                competition, on_progress=on_progress, force=force, choices=choices, source=source
            )
        from kagglebot.report.terminal.dataset import describe_dataset

        schema = found.schema
        document = {
            **schema.to_json(),
            "group": schema.group or None,
            "image_shape": list(schema.image_shape),
            "classes": list(schema.classes),
            "assumptions": list(schema.assumptions),
            "downloaded": found.downloaded,
            "folder": str(found.folder),
            "source": found.source and str(found.source),
        }
        drawn = describe_dataset(schema, found.folder, downloaded=found.downloaded, source=found.source)
        screen.result(drawn, document)
        for assumption in schema.assumptions:
            screen.note(f"note: {assumption}")
        screen.next_step(f"kagglebot tune --trials 50{workspace.competition_option(schema.competition)}")
