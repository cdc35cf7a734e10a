"""``kagglebot dashboard``: Optuna's own view of a study, in the browser."""

import os
import sys
import webbrowser
from typing import Annotated

import typer

from kagglebot.cli.console import Screen, stdout_console
from kagglebot.cli.options import CompetitionOption, Session, StudyName


def dashboard(
    context: typer.Context,
    *,
    study: StudyName = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Its port; 0 takes a free one.")] = 8080,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    competition: CompetitionOption = None,
) -> None:
    """Open optuna-dashboard on a study, on this machine only.

    It shows the search as it goes on, from the study's own storage, until Ctrl-C. Needs the extra
    kagglebot[dashboard]; `kagglebot report` writes a page that needs nothing.

    Examples:
      $ kagglebot dashboard
      $ kagglebot dashboard cnn --port 0 --no-browser
    """
    workspace = context.ensure_object(Session).workspace()
    with Screen() as screen:
        from kagglebot.search.storage.dashboard import serve

        def ready(address: str) -> None:
            stdout_console().print(address, soft_wrap=True)
            screen.note("The dashboard runs until Ctrl-C.")
            if browser and _has_desktop():
                webbrowser.open(address)

        try:
            location = workspace.location(workspace.competition(competition), workspace.study(study))
            serve(location, port, ready)
        except KeyboardInterrupt:  # the way it ends
            screen.note("The dashboard has ended.")


def _has_desktop() -> bool:
    """Tell whether a browser would open a window: one in the terminal would take it over."""
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
