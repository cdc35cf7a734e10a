"""Single compressed files: ``train.csv.gz`` holds ``train.csv``, and ``train.tgz`` holds ``train.tar``."""

import bz2
import gzip
import lzma
from pathlib import Path
from typing import Any

from kagglebot.datasets.archive.guard import Extraction
from kagglebot.datasets.archive.parts import Parts
from kagglebot.system.files.disk_errors import decoder_errors

_CHUNK = 1 << 20
_OPENERS: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
_TARS = {"tgz": "gz", "tbz": "bz2", "tbz2": "bz2", "txz": "xz"}

#: The endings of compressed files.
SUFFIXES = frozenset(f".{ending}" for ending in (*_OPENERS, *_TARS))


def unpack_compressed(archive: Path | Parts, extraction: Extraction) -> None:
    """Unpack a compressed file, under its name without the last ending."""
    ending = archive.suffix.lower().removeprefix(".")
    path = extraction.admit(f"{archive.stem}.tar" if ending in _TARS else archive.stem, None)
    extraction.begin()
    if path is None:
        return
    opener = _OPENERS[_TARS.get(ending, ending)]
    with (
        archive.open("rb") as packed,
        decoder_errors(extraction.damaged),
        opener(packed, "rb") as content,
        extraction.open_file(path) as write,
    ):
        while chunk := content.read(_CHUNK):
            write(chunk)
            extraction.limits.report()
