"""7z archives, by py7zr, which is made to hand over the content: it writes no file itself."""

import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from kagglebot.datasets.archive.guard import UNTRUSTED, Intake
from kagglebot.errors import DataError
from kagglebot.system.files import is_disk_error

if TYPE_CHECKING:
    from py7zr import SevenZipFile
    from py7zr.py7zr import ArchiveFile

_PPMD = b"\x03\x04\x01"
_MOST_MEMORY = 256 << 20  # bytes; 7-Zip takes 192 MiB at its highest level


def unpack_7z(archive: Path, intake: Intake) -> None:
    """Unpack a 7z archive.

    Raises:
        DataError: It is cut off, damaged, encrypted or hostile.
    """
    from py7zr import SevenZipFile

    # py7zr takes several threads where it opens the file itself; with an open one it goes file after file.
    with archive.open("rb") as stream, _seven_zip_errors(intake), SevenZipFile(stream) as source:
        _check_memory(source, intake)
        entries = {path: entry.filename for entry in source.files if (path := _admitted(entry, intake))}
        intake.begin()
        _extract(source, entries, intake)


@contextmanager
def _seven_zip_errors(intake: Intake) -> Iterator[None]:
    from py7zr.exceptions import PasswordRequired

    try:
        yield
    except DataError:
        raise
    except PasswordRequired as error:
        raise intake.encrypted("its content") from error
    except Exception as error:  # py7zr tells of broken archives by exceptions of nearly every kind
        if is_disk_error(error):
            raise
        raise intake.damaged(f"{type(error).__name__} {error}".strip()) from error


def _check_memory(source: "SevenZipFile", intake: Intake) -> None:
    """Refuse what PPMd would need too much memory for: where that is not there, its decoder ends the process.

    Raises:
        DataError: The archive asks for more than any that 7-Zip makes by itself.
    """
    streams = source.header.main_streams
    for folder in streams.unpackinfo.folders if streams else ():
        for coder in folder.coders:
            wanted = int.from_bytes((coder["properties"] or b"")[1:5], "little")
            if coder["method"] == _PPMD and wanted > _MOST_MEMORY:
                raise DataError(f"{intake.label} takes {wanted:,} bytes of memory to unpack.", UNTRUSTED)


def _admitted(entry: "ArchiveFile", intake: Intake) -> PurePosixPath | None:
    is_link = entry.is_symlink or entry.is_junction
    kind = entry.st_fmt or 0
    return intake.admit(
        entry.filename,
        entry.uncompressed,
        is_file=not is_link and kind in {0, stat.S_IFREG},
        is_folder=not is_link and kind in {0, stat.S_IFDIR} and entry.is_directory,
    )


def _extract(source: "SevenZipFile", entries: dict[PurePosixPath, str], intake: Intake) -> None:
    from py7zr.io import Py7zIO, WriterFactory

    class Content(Py7zIO):
        """Takes the content of one file; py7zr asks for the other methods, and needs none of them."""

        def __init__(self, path: PurePosixPath) -> None:
            self._write = current.enter_context(intake.file(path))

        def write(self, s: bytes | bytearray) -> int:
            self._write(bytes(s))
            intake.budget.report()
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
            return Content(PurePosixPath(Path(filename).relative_to(folder).as_posix()))

    folder = intake.folder.absolute()  # py7zr checks names against a folder, and writes nothing into it
    with ExitStack() as current:
        source.extract(folder, list(entries.values()), factory=Contents())
