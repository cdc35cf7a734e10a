"""The command ``kagglebot competitions``."""

from typing import Annotated

import typer

from kagglebot.cli.console import Screen
from kagglebot.cli.options import JsonOption


def competitions(
    context: typer.Context,
    search: Annotated[
        str, typer.Argument(metavar="[SEARCH]", help="Search for these words.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """List competitions on Kaggle that you could enter.

    Competitions that are over, or that accept notebooks only, are marked.

    Examples:
      $ kagglebot competitions
      $ kagglebot competitions digit --json
    """
    with Screen(as_json=as_json) as screen:
        from kagglebot.kaggle.client import KaggleClient
        from kagglebot.report.terminal.competitions import list_competitions, remark

        found = KaggleClient(on_wait=screen.note).search(search)
        document = {
            "competitions": [
                {
                    "name": each.name,
                    "title": each.title,
                    "metric": each.metric,
                    "deadline": each.deadline.isoformat() if each.deadline else None,
                    "entered": each.entered,
                    "remark": remark(each),
                }
                for each in found
            ]
        }
        screen.result(list_competitions(found), document)
        if found:
            screen.next_step("kagglebot fetch NAME")
