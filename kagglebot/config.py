"""kagglebot.toml: the defaults of a workspace's commands."""

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from kagglebot.errors import UsageError
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.text import decode_text

FILE = "kagglebot.toml"
_CORRECT = "Correct that line and run the same command again."
#: Environment variable for the storage's URL.
STORAGE_VARIABLE = "KAGGLEBOT_STORAGE"
BACKENDS = ("auto", "tensorflow", "torch")


@dataclass(frozen=True)
class Settings:
    """A workspace's settings; options of a command take precedence.

    Attributes:
        competition: The default competition.
        study: The default study.
        storage: URL of a database for the trials, or of a proxy; None for a file in the study's folder. The
            environment variable KAGGLEBOT_STORAGE takes precedence, so that a password need not be in a file.
        jobs: Worker processes of a search; None for the number measured to be fastest, or one a core.
        backend: The backend of Keras nets: "tensorflow", "torch", or "auto" for the one measured to be faster.
        callbacks: Names of the callbacks that follow a search.
        weights: A file of pretrained weights, a folder with such files, or files or folders by backbone; absolute.
    """

    competition: str | None = None
    study: str | None = None
    storage: str | None = field(default=None, repr=False)  # it may hold a password
    jobs: int | None = None
    backend: str = "auto"
    callbacks: tuple[str, ...] = ()
    weights: str | dict[str, str] | None = None


def read_settings(workspace: Path) -> Settings:
    """Read ``kagglebot.toml`` and the environment.

    Raises:
        UsageError: The file is not TOML, has an unknown key, or a value of the wrong kind; names the key.
    """
    settings = _read_file(workspace)
    storage = os.environ.get(STORAGE_VARIABLE, "").strip()
    return replace(settings, storage=storage) if storage else settings


def _read_file(workspace: Path) -> Settings:
    path = workspace / FILE
    if not path.is_file():
        return Settings()
    with disk_errors(f"read {path}"):
        raw = path.read_bytes()
    try:
        values = tomllib.loads(decode_text(raw))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", _CORRECT) from error
    for key, value in values.items():
        _check(path, key, value)
    own = {"weights": _absolute(workspace, values["weights"])} if "weights" in values else {}
    return Settings(**values | {"callbacks": tuple(values.get("callbacks", ()))} | own)


def _absolute(workspace: Path, weights: str | dict[str, str]) -> str | dict[str, str]:
    """Return the paths of weights, of which relative ones begin at the workspace."""
    if isinstance(weights, dict):
        return {name: str(_absolute(workspace, path)) for name, path in weights.items()}
    return str((workspace / Path(weights).expanduser()).absolute())


def _check(path: Path, key: str, value: Any) -> None:
    known = [field.name for field in fields(Settings)]
    if key not in known:
        raise UsageError(f"{path}: there is no setting '{key}'.", f"Known settings: {', '.join(known)}.")
    if key == "jobs":
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UsageError(f"{path}: jobs must be a whole number from 1, not {value!r}.", _CORRECT)
    elif key == "callbacks":
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise UsageError(f'{path}: callbacks must be a list of names, as in ["tensorboard"].', _CORRECT)
    elif key == "weights" and isinstance(value, dict):
        for name, own in value.items():
            if not isinstance(own, str) or not own:
                raise UsageError(f"{path}: weights: '{name}' must be a path, not {own!r}.", _CORRECT)
    elif not isinstance(value, str) or not value:
        raise UsageError(f"{path}: {key} must be a text, not {type(value).__name__}.", _CORRECT)
    elif key == "backend" and value not in BACKENDS:
        raise UsageError(f"{path}: there is no backend '{value}'.", f"Known: {', '.join(BACKENDS)}.")
