"""Tar archives, not compressed: `.tar.gz` and its like are unpacked to one first."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kagglebot.datasets.archive.guard import Intake

_CHUNK = 1 << 20


def unpack_tar(archive: Path, intake: Intake) -> None:
    """Unpack a tar archive, without tarfile's own extraction: nothing but the content of plain files is taken.

    Raises:
        DataError: It is cut off, damaged or hostile.
    """
    with archive.open("rb") as stream, _tar_errors(intake), tarfile.open(fileobj=stream, mode="r:") as source:
        entries = []
        for member in source:
            if member.isdir() and member.name in {".", ""}:  # `tar -c .` begins with the folder itself
                continue
            path = intake.admit(
                member.name,
                member.size,
                is_file=member.isreg() and not member.issparse(),
                is_folder=member.isdir(),
            )
            if path is not None:
                entries.append((path, member))
        _check_end(stream, source.offset, intake)
        intake.begin()
        for path, member in entries:
            content = source.extractfile(member)
            assert content is not None  # only links and devices have none
            with content, intake.file(path) as write:
                while chunk := content.read(_CHUNK):
                    write(chunk)
            intake.budget.report()


@contextmanager
def _tar_errors(intake: Intake) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise intake.damaged(error) from error


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
