"""The command ``kagglebot export``."""

from pathlib import Path
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.error_output import on_interrupt
from kagglebot.cli.options import JsonOption, ModelOptions, Session, with_options


@with_options
def export(
    context: typer.Context,
    *,
    selected: ModelOptions,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write to this folder instead of one in studies/COMPETITION/STUDY/export/."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Export a model or an ensemble for a notebook on Kaggle.

    Some competitions accept notebooks only, and run them again on hidden test images. `kagglebot submit` does
    all of that by itself; this is for doing it by hand, or with a notebook of your own. The exported folder
    holds the model, kagglebot's sources, inference.py, notebook.ipynb, and a README.md with the steps: upload
    the folder to Kaggle as a dataset, add it to the notebook, run, submit. Models are trained first if they
    do not exist (see `kagglebot train`). They load with the versions of Keras and NumPy that Kaggle's
    notebooks have.

    Examples:
      $ kagglebot export --best
      $ kagglebot export cnn --trial 12 --to export
      $ kagglebot export --best --ensemble 5
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
                ensemble=selected.ensemble,
                cheaper=selected.cheaper,
                to=to,
                on_progress=on_progress,
            )
        from kagglebot.report.terminal.models import describe_export

        trained = exported.trained
        document = {
            "competition": trained.competition,
            "study": trained.study,
            "model": trained.to_json(),
            "validation_score": trained.validation_score,
            "folder": str(exported.folder),
            "files": list(exported.files),
            "bytes": exported.size_bytes,
            "rebuilt": [model.rebuilt for model in trained.models if model.rebuilt],
        }
        screen.result(describe_export(exported), document)
        screen.next_step(
            f"upload the folder as a dataset and import its notebook; see {exported.folder / 'README.md'}"
        )
