"""Files of a study's folder as one file, such as its journal and predictions, with a note on what it is."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kagglebot.errors import DataError
from kagglebot.paths import JOURNAL
from kagglebot.system.files.atomic_write import atomic_write
from kagglebot.system.files.disk_errors import damage_errors

_NOTE = "note.json"
_KEPT = re.compile(r"(predictions|checkpoints)/(trial|chosen|running)-(0|[1-9][0-9]{0,8})\.npz")
_DATE = (2020, 1, 1, 0, 0, 0)  # the same for all, so that the same files make the same archive
#: Bytes of checkpoints that go along, the chosen epochs first; a trial without one can be trained again.
CHECKPOINT_BYTES = 1 << 30
_JOURNAL_BYTES = 1 << 30


@dataclass(frozen=True)
class KeptFile:
    """A file that a study keeps of a trial, in an archive.

    Attributes:
        name: Its path in the study's folder.
        trial: The number of the trial in it.
        running: Whether it is the state of a training that has not ended.
        crc: Its checksum.
    """

    name: str
    trial: int
    running: bool
    crc: int

    def of(self, trial: int) -> str:
        """Return its path under another number."""
        return re.sub(r"\d+\.npz$", f"{trial}.npz", self.name)


def study_files(folder: Path) -> dict[str, Path]:
    """Return the files of a study that travel, by name: its journal, and what is kept of trials.

    Checkpoints beyond ``CHECKPOINT_BYTES`` stay.
    """
    journal = folder / JOURNAL
    files, room = {JOURNAL: journal} if journal.is_file() else {}, CHECKPOINT_BYTES
    for path in sorted(folder.glob("*/*.npz")):
        name = path.relative_to(folder).as_posix()
        if not _KEPT.fullmatch(name):
            continue
        if path.parent.name == "checkpoints":
            room -= path.stat().st_size
            if room < 0:
                continue
        files[name] = path
    return files


def write_archive(target: Path, files: Mapping[str, Path], note: Mapping[str, Any]) -> None:
    """Write files of a study's folder, by their names in it, and a note to one file.

    Raises:
        DataError: A file cannot be read, or the disk refuses.
    """
    with atomic_write(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_NOTE, _DATE), json.dumps(dict(note)))
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED if name == JOURNAL else zipfile.ZIP_STORED
            with path.open("rb") as content, archive.open(entry, "w", force_zip64=True) as kept:
                shutil.copyfileobj(content, kept)


def read_note(path: Path) -> Mapping[str, Any]:
    """Return the note in an archive.

    Raises:
        DataError: The archive is damaged, or is none.
    """
    with _opened(path) as archive:
        note = json.loads(archive.read(_NOTE))
        if not isinstance(note, dict):
            raise ValueError("its note is none")
        return note


def read_journal(path: Path) -> bytes:
    """Return the journal in an archive; nothing where the study had no trials.

    Raises:
        DataError: The archive is damaged.
    """
    with _opened(path) as archive:
        if JOURNAL not in archive.namelist():
            return b""
        if archive.getinfo(JOURNAL).file_size > _JOURNAL_BYTES:
            raise ValueError("its journal is too long")
        return archive.read(JOURNAL)


def kept_files(path: Path) -> list[KeptFile]:
    """Return what an archive keeps of trials; other files in it are left alone.

    Raises:
        DataError: The archive is damaged.
    """
    with _opened(path) as archive:
        found = [(_KEPT.fullmatch(entry.filename), entry) for entry in archive.infolist()]
        return [
            KeptFile(entry.filename, int(match[3]), match[2] == "running", entry.CRC)
            for match, entry in found
            if match
        ]


def has_file(path: Path, name: str) -> bool:
    """Return whether an archive has a file of that name.

    Raises:
        DataError: The archive is damaged.
    """
    with _opened(path) as archive:
        return name in archive.namelist()


def copy_out(path: Path, name: str, target: Path) -> None:
    """Write a file of an archive, completely or not at all.

    Raises:
        DataError: The archive is damaged, or the disk refuses.
    """
    with (
        atomic_write(target) as temporary,
        _opened(path) as archive,
        archive.open(name) as content,
        temporary.open("wb") as file,
    ):
        shutil.copyfileobj(content, file)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; one that is damaged is a ``DataError``."""

    def damaged(reason: str) -> DataError:
        return DataError(f"{path} is damaged: {reason}.", "Delete it and run the same command again.")

    with damage_errors(path, damaged), zipfile.ZipFile(path) as archive:
        yield archive
