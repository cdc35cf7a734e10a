"""Which archive the unpacked files came from, so that the same one is not unpacked twice."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kagglebot.datasets.cache.array_files import data_digest
from kagglebot.datasets.schema import Schema
from kagglebot.errors import DataError
from kagglebot.system.files import read_json, write_json

FILES = "files"
_NAME = "source.json"


@dataclass(frozen=True)
class Source:
    """One archive, kept as ``data/COMPETITION/source.json``.

    Attributes:
        archive: SHA-256 of the archive.
        content: Digest of the files in it, see ``cache.content_digest``.
        files: Their paths inside ``files/``, and their sizes in bytes.
    """

    archive: str
    content: str
    files: Mapping[str, int]

    def whole(self, folder: Path) -> bool:
        """Say whether the files are all there."""
        paths = {folder / FILES / name: size for name, size in self.files.items()}
        return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def save_source(folder: Path, source: Source) -> None:
    """Write ``folder/source.json``."""
    write_json(folder / _NAME, asdict(source))


def read_source(folder: Path, schema: Schema) -> Source | None:
    """Give the source of ``folder/files``; None where it is not known, or not that of the data in use."""
    try:
        value = read_json(folder / _NAME)
        source = Source(value["archive"], value["content"], dict(value["files"]))
    except (DataError, KeyError, TypeError, ValueError):  # absent, damaged, or of an earlier version
        return None
    return source if data_digest(source.content, schema.choices) == schema.digest else None
