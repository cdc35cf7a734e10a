"""The command ``kagglebot report``."""

from pathlib import Path
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StorageOption, StudyName


def report(
    context: typer.Context,
    *,
    study: StudyName = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Write to this file instead of studies/COMPETITION/STUDY/report.html.",
        ),
    ] = None,
    competition: CompetitionOption = None,
    storage: StorageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a study to one HTML page.

    The page loads nothing from a network. It shows the winner and whether its lead is significant, plots, a
    sortable table of all trials, the images that the best trial gets wrong, the submissions, and how to
    rebuild the model. It has a light and a dark theme, and fits a phone.

    Examples:
      $ kagglebot report cnn
      $ kagglebot report cnn --output cnn.html
    """
    with Screen(as_json=as_json) as screen:
        from rich.text import Text

        path = context.ensure_object(Session).workspace(storage).report(study, competition=competition, to=output)
        size = path.stat().st_size
        document = {"file": str(path), "bytes": size}
        screen.result(Text(f"Wrote {path} ({size / 1e6:.1f} MB)."), document)
        screen.next_step("open it in a browser; it needs no network")
