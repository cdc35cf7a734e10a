"""Data that is on this machine already: a folder or a zip file, or an input of a notebook on Kaggle."""

import hashlib
import os
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive.guard import Member
from kagglebot.datasets.archive.unpack import mirror
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.errors import DataError, UsageError
from kagglebot.kaggle.names import competition_slug
from kagglebot.system.files.digest import file_digest
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.processes.environment import in_kaggle_notebook
from kagglebot.system.progress import ProgressCallback

#: Environment variable: another folder than ``/kaggle/input`` for the inputs of a notebook.
INPUT_VARIABLE = "KAGGLEBOT_KAGGLE_INPUT"
_INPUT = "/kaggle/input"
#: The folder of competitions among the inputs; older notebooks have them beside everything else.
_COMPETITIONS = "competitions"
#: What follows a competition's name, as of a browser's second download of its file: ``digit-recognizer (1).zip``.
_ENDING = re.compile(r"( ?\(\d+\))?(\.zip)?$", re.IGNORECASE)
#: Endings of tables, which a user may edit after a fetch.
_TABLES = frozenset({".csv", ".tsv", ".txt", ".json", ".xlsx", ".xls", ".ods"})


@dataclass(frozen=True)
class LocalSource:
    """A competition's data on this machine; ``path`` is a folder or a zip file."""

    competition: str
    path: Path


def find_source(given: Path | str | None, competition: str | None) -> LocalSource | None:
    """Return the data to read instead of a download; None where Kaggle is to be asked.

    Args:
        given: A folder or zip file. In a folder without a sample submission ``NAME.zip``, ``competitions/NAME`` or
            ``NAME`` is taken, if there is one, in upper or lower case.
        competition: The competition; None for that which the file or folder is named after. Where nothing is
            given, it is looked for among the inputs of a notebook on Kaggle, if this is one.

    Raises:
        DataError: There is no such file or folder, or the file is no zip file.
        UsageError: ``given`` is empty, the name is not that of a competition, or none is named and the notebook
            has several.
    """
    if given == "":  # as a variable that is not set; Path makes the current folder of it
        raise UsageError("--from names nothing.", "Name a folder or a zip file, or leave it out.")
    name = None if competition is None else competition_slug(competition)
    if given is not None:
        return _given(Path(given).expanduser(), name)
    inputs = Path(os.environ.get(INPUT_VARIABLE, _INPUT))
    if not in_kaggle_notebook() or not inputs.is_dir():
        return None
    return _among(inputs, name)


def _given(path: Path, name: str | None) -> LocalSource:
    if not path.exists():
        raise DataError(f"There is no {path}.", "Name a folder of the competition's files, or its zip file.")
    if path.is_dir() and name and not _holds_sample(path):
        inner = (_inside(path, f"{name}.zip"), _inside(path / _COMPETITIONS, name), _inside(path, name))
        path = next(filter(None, inner), path)
    if not path.is_dir() and not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is not a zip file, or its end is missing.",
            "Name the zip file that Kaggle gave, whole, or unpack it and name the folder.",
        )
    return LocalSource(name or competition_slug(_ENDING.sub("", path.resolve().name)), path)


def _inside(folder: Path, name: str) -> Path | None:
    """Return what a folder has by that name, or else by that name in other letters, such as ``A`` for ``a``."""
    with suppress(OSError):
        alike = [each for each in folder.iterdir() if each.name.casefold() == name.casefold()]
        return min(alike, key=lambda each: (each.name != name, each.name), default=None)
    return None


def _among(inputs: Path, name: str | None) -> LocalSource | None:
    """Return the input that holds a competition: the named one, or the only one."""
    if name:
        folders = [inputs / _COMPETITIONS / name, inputs / name]
        return next((LocalSource(name, folder) for folder in folders if folder.is_dir()), None)
    folders = sorted((inputs / _COMPETITIONS).glob("*/")) or [
        each for each in inputs.glob("*/") if _holds_sample(each)
    ]
    if len(folders) > 1:
        names = sorted(folder.name for folder in folders)
        raise UsageError(
            f"The notebook has several competitions: {', '.join(names)}.", f"Run: kagglebot fetch {names[0]}"
        )
    return LocalSource(competition_slug(folders[0].name), folders[0]) if folders else None


def _holds_sample(folder: Path) -> bool:
    with suppress(DataError):
        return bool(find_sample(PurePosixPath(each.name) for each in folder.iterdir()))
    return False


def source_digest(source: Path) -> str:
    """Return what changes when the source does: the SHA-256 of a file, or of a folder's names, sizes and times.

    Raises:
        DataError: It cannot be read.
    """
    if not source.is_dir():
        return file_digest(source)
    digest = hashlib.sha256()
    with disk_errors(f"read {source}"):
        for path in sorted(each for each in source.rglob("*") if each.is_file()):
            found = path.stat()
            digest.update(f"\0{path.relative_to(source)}\0{found.st_size}\0{found.st_mtime_ns}".encode())
    return digest.hexdigest()


def place_files(source: Path, folder: Path, on_progress: ProgressCallback) -> list[Member]:
    """Make ``folder``, which must not exist yet, from the files of another folder; that is only read.

    Tables are copied, as a user may edit them; other files are links, and archives are unpacked.

    Returns:
        The files in ``folder``, sorted by path.

    Raises:
        DataError: An archive is damaged or hostile, or the disk refuses.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    members = mirror(source, folder, on_progress)
    total, done = sum(member.size for member in members if not member.sha256), 0
    placed: list[Member] = []
    for member in members:
        path = folder / member.path
        if path.is_symlink() and path.suffix.lower() in _TABLES:
            original = path.resolve()
            path.unlink()
            shutil.copyfile(original, path)
        if not member.sha256:
            placed.append(replace(member, sha256=file_digest(path)))
            done += member.size
            on_progress("reading", done, total)
        else:
            placed.append(member)
    return placed
