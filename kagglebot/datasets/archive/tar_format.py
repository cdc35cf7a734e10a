"""Uncompressed tar archives; ``.tar.gz`` and the like are first unpacked to one."""

import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kagglebot.datasets.archive.guard import Extraction
from kagglebot.datasets.archive.parts import Parts
from kagglebot.system.files.disk_errors import decoder_errors

_CHUNK = 1 << 20


def unpack_tar(archive: Path | Parts, extraction: Extraction) -> None:
    """Unpack the plain files of a tar archive; tarfile only lists them."""
    with archive.open("rb") as stream:
        entries = _admitted(stream, extraction)
        extraction.begin()
        for path, offset, size in entries:
            stream.seek(offset)
            with extraction.open_file(path) as write:
                for done in range(0, size, _CHUNK):
                    write(stream.read(min(_CHUNK, size - done)))
            extraction.limits.report()


def _admitted(stream: BinaryIO, extraction: Extraction) -> list[tuple[PurePosixPath, int, int]]:
    """Return the path of each file, the byte at which its content begins, and its length in bytes."""
    entries = []
    with decoder_errors(extraction.damaged), tarfile.open(fileobj=stream, mode="r:") as source:
        while member := source.next():
            source.members.clear()  # type: ignore[attr-defined]  # tarfile keeps them all, a kilobyte each
            if member.isdir() and member.name in {".", ""}:  # `tar -c .` begins with the folder itself
                continue
            is_file = member.isreg() and not member.issparse()
            path = extraction.admit(member.name, member.size, is_file=is_file, is_folder=member.isdir())
            if path is not None:
                entries.append((path, member.offset_data, member.size))
        _check_end(stream, source.offset, extraction)
    return entries


def _check_end(stream: BinaryIO, offset: int, extraction: Extraction) -> None:
    """Check that the archive ends where tarfile stopped.

    tarfile stops without an error at a header that is damaged or cut off; a whole archive ends in zeros.
    """
    stream.seek(offset)
    length = 0
    while rest := stream.read(_CHUNK):
        length += len(rest)
        if rest.strip(b"\0"):
            raise extraction.damaged(f"the header at byte {offset:,} is not one")
    if length < tarfile.BLOCKSIZE:
        raise extraction.damaged("its end is missing")
