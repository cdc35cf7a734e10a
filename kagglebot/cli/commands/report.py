"""``kagglebot report``: a study as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import CompetitionOption, JsonOption, Session, StudyName


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
            help="Where to write; without, studies/COMPETITION/STUDY/report.html.",
            show_default=False,
        ),
    ] = None,
    competition: CompetitionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a study as one page to open, keep or send.

    The HTML file holds all it shows and asks nothing of any network: what won, by how much and whether
    that is luck, plots, every trial in a table that sorts, what the best one gets wrong with the images,
    submissions, and how to build the model again. Light and dark, on a phone too.

    Examples:
      $ kagglebot report cnn
      $ kagglebot report cnn --output cnn.html
    """
    session = context.ensure_object(Session)
    with Screen(as_json=as_json) as screen:
        from rich.text import Text

        path = session.workspace().report(study, competition=competition, to=output)
        size = path.stat().st_size
        document = {"file": str(path), "bytes": size}
        screen.result(Text(f"Wrote {path} ({size / 1e6:.1f} MB)."), document)
        screen.next_step("open it in a browser; it needs no network")
