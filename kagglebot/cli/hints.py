"""Commands in hints: they name the workspace where the command line did, so that they can be copied."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

#: What is replaced in a text, and by what: nothing where ``--workspace`` was not given.
_replaced: list[tuple[re.Pattern[str], str]] = []


def name_workspace(folder: Path | None, commands: Iterable[str] = ()) -> None:
    """Name this folder in hints from now on.

    Args:
        folder: The workspace that ``--workspace`` named; None if it did not.
        commands: The names of the commands.
    """
    _replaced.clear()
    if folder is not None:
        # Help is the same in every folder.
        command = re.compile(rf"\bkagglebot (?=(?:{'|'.join(commands)})\b(?!-| --help))")
        named = f"kagglebot --workspace {shlex.quote(str(folder))} "
        _replaced.append((command, named.replace("\\", r"\\")))  # as re takes a replacement


def in_workspace(text: str) -> str:
    """Return a text whose commands work in the workspace of this command."""
    for command, named in _replaced:
        text = command.sub(named, text)
    return text
