"""Shell completion: names of the workspace, read from its folders without loading anything large."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kagglebot.errors import KagglebotError

if TYPE_CHECKING:
    from kagglebot.paths import WorkspacePaths


def competitions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the competitions that were fetched, or the default one if there are none."""
    from kagglebot.paths import DEFAULT_COMPETITION

    fetched: list[str] = []
    with suppress(KagglebotError):
        fetched = _workspace(context).fetched()
    return _beginning(incomplete, fetched or [DEFAULT_COMPETITION])


def studies(context: typer.Context, incomplete: str) -> list[str]:
    """Return the studies that are defined, and those that have trials."""
    from kagglebot.study_config.definition_files import find_definitions

    with suppress(KagglebotError):
        root = _workspace(context).root
        started = {path.name for path in (root / "studies").glob("*/*/") if path.is_dir()}
        return _beginning(incomplete, sorted(started | find_definitions(root).keys()))
    return []


def trials(context: typer.Context, incomplete: str) -> list[str]:
    """Return the study's complete trials: each has saved its out-of-fold predictions."""
    with suppress(KagglebotError):
        folder = _workspace(context)
        name = folder.competition(context.params.get("competition"))
        # If the line ends in an option without its value, Typer has not parsed the arguments before it.
        study = folder.study(context.params.get("study") or next(iter(context.args), None), name)
        saved = (folder.root / "studies" / name / study / "predictions").glob("trial-*")
        numbers = {path.stem.removeprefix("trial-") for path in saved}
        return _beginning(incomplete, sorted((number for number in numbers if number.isdigit()), key=int))
    return []


def callbacks(incomplete: str) -> list[str]:
    """Return the callbacks of kagglebot and of installed plugins."""
    from kagglebot.callbacks.registry import known_callbacks

    with suppress(KagglebotError):
        return _beginning(incomplete, known_callbacks())
    return []


def _workspace(context: typer.Context) -> "WorkspacePaths":
    from kagglebot.paths import WorkspacePaths

    return WorkspacePaths(context.find_root().params.get("workspace") or Path())


def _beginning(incomplete: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
