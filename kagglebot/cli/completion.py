"""Shell completion: names of the workspace, read from its folders without loading anything large."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kagglebot.errors import KagglebotError

if TYPE_CHECKING:
    from kagglebot.paths import WorkspacePaths


def competitions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the competitions that were fetched, or the default one if there are none."""
    from kagglebot.paths import DEFAULT_COMPETITION

    folder = _folder(context)
    fetched = folder.fetched() if folder else []
    return _beginning(incomplete, fetched or [DEFAULT_COMPETITION])


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """Return the studies that are defined, and those that have trials."""
    from kagglebot.study_config.lookup import find_definitions

    folder = _folder(context)
    if folder is None:
        return []
    started = {path.name for path in (folder.root / "studies").glob("*/*/") if path.is_dir()}
    return _beginning(incomplete, sorted(started | find_definitions(folder.root).keys()))


def trials(context: typer.Context, incomplete: str) -> list[str]:
    """Return the study's complete trials: each has saved its out-of-fold predictions."""
    folder = _folder(context)
    try:
        if folder is None:
            return []
        name = folder.competition(context.params.get("competition"))
    except KagglebotError:
        return []
    # If the line ends in an option without its value, Typer has not parsed the arguments before it.
    study = folder.study(context.params.get("study") or next(iter(context.args), None))
    saved = (folder.root / "studies" / name / study / "predictions").glob("trial-*")
    numbers = {path.stem.removeprefix("trial-") for path in saved}
    return _beginning(incomplete, sorted((number for number in numbers if number.isdigit()), key=int))


def callbacks(incomplete: str) -> list[str]:
    """Return the callbacks of kagglebot and of installed plugins."""
    from kagglebot.callbacks.registry import known_callbacks

    try:
        return _beginning(incomplete, known_callbacks())
    except KagglebotError:
        return []


def _folder(context: typer.Context) -> "WorkspacePaths | None":
    """Return the workspace of the command line, or None if its settings are wrong."""
    from kagglebot.paths import WorkspacePaths

    try:
        return WorkspacePaths(context.find_root().params.get("workspace") or Path())
    except KagglebotError:
        return None


def _beginning(incomplete: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
