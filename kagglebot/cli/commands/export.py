"""The command ``kagglebot export``."""

from pathlib import Path
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import JsonOption, Session, TrialOptions, with_options


@with_options
def export(
    context: typer.Context,
    *,
    selected: TrialOptions,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write to this folder instead of studies/COMPETITION/STUDY/export/trial-N/."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Export a model for a Kaggle notebook without internet.

    Some competitions accept notebooks only, and run them again on hidden test images. The exported folder
    holds the model, kagglebot's sources, inference.py, notebook.ipynb, and a README.md with the steps: upload
    the folder to Kaggle as a dataset, add it to the notebook, run, submit. The model is trained first if it
    does not exist (see `kagglebot train`).

    Examples:
      $ kagglebot export --best
      $ kagglebot export cnn --trial 12 --to export
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            on_interrupt("Nothing was exported; a trained model is saved.", "Run the same command again."),
            screen.progress() as on_progress,
        ):
            exported = session.workspace(selected.storage).export(
                selected.study,
                competition=selected.competition,
                trial=selected.trial,
                to=to,
                on_progress=on_progress,
            )
        from kagglebot.report.terminal.models import describe_export

        model = exported.model
        document = {
            "competition": model.competition,
            "study": model.study,
            "model": {"trial": model.trial},
            "validation_score": model.validation_score,
            "folder": str(exported.folder),
            "files": list(exported.files),
            "bytes": exported.size_bytes,
        }
        screen.result(describe_export(exported), document)
        screen.next_step(
            f"upload the folder as a dataset and import its notebook; see {exported.folder / 'README.md'}"
        )
