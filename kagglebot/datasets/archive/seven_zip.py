"""7z archives, by py7zr, which passes the content on and writes no file itself."""

import stat
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kagglebot.datasets.archive.guard import UNTRUSTED, Extraction, readable
from kagglebot.datasets.archive.parts import Parts
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import decoder_errors

if TYPE_CHECKING:
    from py7zr import SevenZipFile
    from py7zr.py7zr import ArchiveFile

_PPMD = b"\x03\x04\x01"
_MAX_MEMORY = 256 << 20  # bytes; 7-Zip takes 192 MiB at its highest level


def unpack_7z(archive: Path | Parts, extraction: Extraction) -> None:
    """Unpack a 7z archive."""
    from py7zr import SevenZipFile
    from py7zr.exceptions import PasswordRequired

    # py7zr takes several threads where it opens the file itself; an open file it reads entry after entry.
    with archive.open("rb") as stream, decoder_errors(extraction.damaged):
        try:
            with SevenZipFile(stream) as source:
                _check_memory(source, extraction)
                admitted = {_admitted(entry, extraction): entry.filename for entry in source.files}
                extraction.begin()
                _extract(source, [name for path, name in admitted.items() if path], extraction)
        except PasswordRequired as error:
            raise extraction.encrypted("its content") from error


def _check_memory(source: "SevenZipFile", extraction: Extraction) -> None:
    """Raise DataError if the PPMd decoder takes more memory than any archive that 7-Zip makes by itself.

    Where that memory is not free, the decoder ends the process.
    """
    streams = source.header.main_streams
    for folder in streams.unpackinfo.folders if streams else ():
        for coder in folder.coders:
            memory = int.from_bytes((coder["properties"] or b"")[1:5], "little")
            if coder["method"] == _PPMD and memory > _MAX_MEMORY:
                raise DataError(f"{extraction.label} takes {memory:,} bytes of memory to unpack.", UNTRUSTED)


def _admitted(entry: "ArchiveFile", extraction: Extraction) -> PurePosixPath | None:
    is_link = entry.is_symlink or entry.is_junction
    kind = entry.st_fmt or 0
    return extraction.admit(
        entry.filename,
        entry.uncompressed,
        is_file=not is_link and kind in {0, stat.S_IFREG},
        is_folder=not is_link and kind in {0, stat.S_IFDIR} and entry.is_directory,
    )


def _extract(source: "SevenZipFile", names: list[str], extraction: Extraction) -> None:
    from py7zr.io import Py7zIO, WriterFactory

    class Content(Py7zIO):
        """Writes the content of one file; py7zr requires the other methods, and uses none of them."""

        def __init__(self, path: PurePosixPath) -> None:
            self._write = current.enter_context(extraction.open_file(path))

        def write(self, s: bytes | bytearray) -> int:
            self._write(bytes(s))
            extraction.limits.report()
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None:
            pass

        def size(self) -> int:
            return 0

    class Contents(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            current.close()  # the file before is whole
            return Content(PurePosixPath(readable(Path(filename).relative_to(folder).as_posix())))

    folder = extraction.folder.absolute()  # py7zr checks names against it, and writes nothing into it
    with ExitStack() as current:
        source.extract(folder, names, factory=Contents())
