"""Single compressed files: ``train.csv.gz`` holds ``train.csv``, and ``train.tgz`` holds ``train.tar``."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from kagglebot.datasets.archive.guard import Extraction
from kagglebot.system.files import is_disk_error

_CHUNK = 1 << 20
_OPENERS: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
_TARS = {"tgz": "gz", "tbz": "bz2", "tbz2": "bz2", "txz": "xz"}

#: The endings of compressed files.
SUFFIXES = frozenset(f".{ending}" for ending in (*_OPENERS, *_TARS))


def unpack_compressed(archive: Path, extraction: Extraction) -> None:
    """Unpack a compressed file, under its name without the last ending.

    Raises:
        DataError: It is cut off, damaged or hostile.
    """
    ending = archive.suffix.lower().removeprefix(".")
    path = extraction.admit(f"{archive.stem}.tar" if ending in _TARS else archive.stem, None)
    extraction.begin()
    if path is not None:
        try:
            _decompress(archive, path, _OPENERS[_TARS.get(ending, ending)], extraction)
        except (EOFError, OSError, ValueError, MemoryError, zlib.error, lzma.LZMAError) as error:
            if is_disk_error(error):
                raise
            raise extraction.damaged(str(error) or type(error).__name__) from error


def _decompress(archive: Path, path: PurePosixPath, opener: Any, extraction: Extraction) -> None:
    with opener(archive, "rb") as content, extraction.open_file(path) as write:
        while chunk := content.read(_CHUNK):
            write(chunk)
            extraction.limits.report()
