"""``kagglebot export``: a model for competitions that take notebooks only."""

from pathlib import Path
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.failures import kept
from kagglebot.cli.options import JsonOption, OneModel, Session, with_options


@with_options
def export(
    context: typer.Context,
    *,
    chosen: OneModel,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where to write; without, studies/COMPETITION/STUDY/export/trial-N/.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a model that predicts in a Kaggle notebook.

    For competitions that take submissions from notebooks only, which run without internet and again on
    hidden test images. Trains first when the model is not there yet (see `kagglebot train`). The folder
    holds the model, kagglebot's own sources, inference.py, notebook.ipynb and a README.md with the steps:
    upload it to Kaggle as a dataset, add it to the notebook, run, submit.

    Examples:
      $ kagglebot export --best
      $ kagglebot export cnn --trial 12 --to export
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        with (
            kept("A trained model is kept; no half export is.", "Run the same command again."),
            screen.progress() as on_progress,
        ):
            exported = session.workspace().export(
                chosen.study, competition=chosen.competition, trial=chosen.trial, to=to, on_progress=on_progress
            )
        from kagglebot.report.terminal.export import describe_export

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
            f"upload it as a dataset and import its notebook; {exported.folder / 'README.md'} says how"
        )
