"""The command ``kagglebot dashboard``."""

import os
import sys
import webbrowser
from typing import Annotated

import typer

from kagglebot.cli.console import Screen, stdout_console
from kagglebot.cli.options import CompetitionOption, Session, StorageOption, StudyName


def dashboard(
    context: typer.Context,
    *,
    study: StudyName = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Listen on this port; 0 is any free one.")] = 8080,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
    competition: CompetitionOption = None,
    storage: StorageOption = None,
) -> None:
    """Open optuna-dashboard for a study, on this machine only.

    It reads the study's storage, so it also follows a running search. Stop it with Ctrl-C. It needs the extra
    kagglebot[dashboard]; `kagglebot report` writes an HTML page that needs nothing.

    Examples:
      $ kagglebot dashboard
      $ kagglebot dashboard cnn --port 0 --no-browser
    """
    workspace = context.ensure_object(Session).workspace(storage)
    with Screen() as screen:
        from kagglebot.search.storage.dashboard import serve

        def ready(address: str) -> None:
            stdout_console().print(address, soft_wrap=True)
            screen.note("Press Ctrl-C to stop the dashboard.")
            if browser and _has_desktop():
                webbrowser.open(address)

        try:
            name = workspace.competition(competition)
            serve(workspace, name, workspace.study(study, name), port, ready)
        except KeyboardInterrupt:  # how it is meant to end
            screen.note("The dashboard was stopped.")


def _has_desktop() -> bool:
    """Return whether a browser would open a window, rather than take over the terminal."""
    return sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
