"""kagglebot.toml: what a workspace is about, so that commands need not be told."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from kagglebot.errors import UsageError
from kagglebot.files import disk_errors

FILE = "kagglebot.toml"
BACKENDS = ("auto", "tensorflow", "torch")


@dataclass(frozen=True)
class Settings:
    """A workspace's settings; an argument of a command wins over each.

    Attributes:
        competition: The competition commands mean.
        study: The study commands mean.
        storage: Database URL for the trials; None keeps them in the study's folder.
        jobs: Worker processes of a search; None as many as were measured to be fastest, or one a core.
        backend: What Keras nets are trained on: "tensorflow", "torch", or "auto", the faster one by measurement.
    """

    competition: str | None = None
    study: str | None = None
    storage: str | None = None
    jobs: int | None = None
    backend: str = "auto"


def read_settings(workspace: Path) -> Settings:
    """Read ``kagglebot.toml``; defaults where there is none.

    Raises:
        UsageError: It is not TOML, has an unknown key, or a value of the wrong kind; names the key.
    """
    path = workspace / FILE
    if not path.is_file():
        return Settings()
    with disk_errors(f"read {path}"):
        raw = path.read_bytes()
    try:
        values = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Mend that line and run it again.") from error
    for key, value in values.items():
        _check(path, key, value)
    return Settings(**values)


def _check(path: Path, key: str, value: Any) -> None:
    known = [field.name for field in fields(Settings)]
    if key not in known:
        raise UsageError(f"{path}: there is no setting '{key}'.", f"Known settings: {', '.join(known)}.")
    if key == "jobs":
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UsageError(f"{path}: jobs must be a whole number from 1, not {value!r}.")
    elif not isinstance(value, str) or not value:
        raise UsageError(f"{path}: {key} must be a text, not {value!r}.")
    elif key == "backend" and value not in BACKENDS:
        raise UsageError(f"{path}: there is no backend '{value}'.", f"Known: {', '.join(BACKENDS)}.")
