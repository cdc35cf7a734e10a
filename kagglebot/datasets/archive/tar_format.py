"""Tar archives, not compressed: `.tar.gz` and its like are unpacked to one first."""

import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kagglebot.datasets.archive.guard import Intake

_CHUNK = 1 << 20


def unpack_tar(archive: Path, intake: Intake) -> None:
    """Unpack a tar archive; tarfile only lists it, and what is written is the content of plain files.

    Raises:
        DataError: It is cut off, damaged or hostile.
    """
    with archive.open("rb") as stream:
        entries = _admitted(stream, intake)
        intake.begin()
        for path, offset, size in entries:
            stream.seek(offset)
            with intake.file(path) as write:
                for done in range(0, size, _CHUNK):
                    write(stream.read(min(_CHUNK, size - done)))
            intake.budget.report()


def _admitted(stream: BinaryIO, intake: Intake) -> list[tuple[PurePosixPath, int, int]]:
    """Give the path of each file, and at which byte its content begins and how long it is."""
    entries = []
    try:
        with tarfile.open(fileobj=stream, mode="r:") as source:
            while member := source.next():
                source.members.clear()  # type: ignore[attr-defined]  # tarfile keeps them all, a kilobyte each
                if member.isdir() and member.name in {".", ""}:  # `tar -c .` begins with the folder itself
                    continue
                path = intake.admit(
                    member.name,
                    member.size,
                    is_file=member.isreg() and not member.issparse(),
                    is_folder=member.isdir(),
                )
                if path is not None:
                    entries.append((path, member.offset_data, member.size))
            _check_end(stream, source.offset, intake)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise intake.damaged(error) from error
    return entries


def _check_end(stream: BinaryIO, offset: int, intake: Intake) -> None:
    """Refuse an archive that goes on behind what tarfile took for its end, or that has none.

    tarfile stops without a word at a header that is damaged or cut off; a whole archive ends in zeros.
    """
    stream.seek(offset)
    length = 0
    while rest := stream.read(_CHUNK):
        length += len(rest)
        if rest.strip(b"\0"):
            raise intake.damaged(f"the header at byte {offset:,} is not one")
    if length < tarfile.BLOCKSIZE:
        raise intake.damaged("its end is missing")
