"""Single compressed files: `train.csv.gz` holds `train.csv`, and `train.tgz` holds `train.tar`."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from kagglebot.datasets.archive.guard import Intake
from kagglebot.system.files import is_disk_error

_CHUNK = 1 << 20
_OPENERS: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
_TARS = {"tgz": "gz", "tbz": "bz2", "tbz2": "bz2", "txz": "xz"}

#: The endings of compressed files.
SUFFIXES = frozenset(f".{ending}" for ending in (*_OPENERS, *_TARS))


def unpack_compressed(archive: Path, intake: Intake) -> None:
    """Unpack the one file that is compressed, under the name of the archive without its last ending.

    Raises:
        DataError: It is cut off, damaged or hostile.
    """
    ending = archive.suffix.lower().removeprefix(".")
    path = intake.admit(f"{archive.stem}.tar" if ending in _TARS else archive.stem, None)
    intake.begin()
    if path is not None:
        try:
            _decompress(archive, path, _OPENERS[_TARS.get(ending, ending)], intake)
        except (EOFError, OSError, ValueError, MemoryError, zlib.error, lzma.LZMAError) as error:
            if is_disk_error(error):
                raise
            raise intake.damaged(str(error) or type(error).__name__) from error


def _decompress(archive: Path, path: PurePosixPath, opener: Any, intake: Intake) -> None:
    with opener(archive, "rb") as content, intake.file(path) as write:
        while chunk := content.read(_CHUNK):
            write(chunk)
            intake.budget.report()
