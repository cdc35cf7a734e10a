"""Archives inside archives: which files are one, and where what they hold goes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive import compressed
from kagglebot.datasets.archive.guard import UNTRUSTED, Intake, Member, UnpackLimits, safe_path
from kagglebot.datasets.archive.seven_zip import unpack_7z
from kagglebot.datasets.archive.tar_format import unpack_tar
from kagglebot.datasets.archive.zip_format import unpack_zip
from kagglebot.errors import DataError

#: Archives inside the one that Kaggle sent, inside each other; `.tar.gz` counts as one.
MAX_DEPTH = 3

#: How to unpack a file by its ending; a new format is its module and a line here.
FORMATS: dict[str, Callable[[Path, Intake], None]] = {
    ".zip": unpack_zip,
    ".tar": unpack_tar,
    ".7z": unpack_7z,
    **dict.fromkeys(compressed.SUFFIXES, compressed.unpack_compressed),
}


#: In place of the digest of a file that is linked to.
_UNREAD = ""


@dataclass(frozen=True)
class _Inner:
    """An archive that was unpacked from another: where it lies, its name in messages, and how deep it is."""

    member: Member
    label: str
    depth: int


class Tree:
    """A folder that an archive is unpacked into, and every archive inside it in its place.

    Args:
        folder: Exists, and is empty.
        spare: A folder on the same disk for what is on its way; exists, and is empty.
        budget: What everything counts against.
    """

    def __init__(self, folder: Path, spare: Path, budget: UnpackLimits) -> None:
        self._folder = folder
        self._spare = spare
        self._budget = budget
        self._members: dict[str, Member] = {}
        self._inner: list[_Inner] = []

    def unpack(self, archive: Path) -> list[Member]:
        """Unpack a zip archive and all inside it; the inner archives themselves do not stay.

        Raises:
            DataError: One of them is cut off, damaged, hostile or too deep.
        """
        intake = Intake(str(archive), archive.stat().st_size, self._folder, self._budget)
        unpack_zip(archive, intake)
        for member in intake.finish():
            self._keep(member, f"{archive}: {member.path}", depth=1)
        return self._unpack_all_inner()

    def mirror(self, files: Path) -> list[Member]:
        """Link to the files of a folder, and unpack the archives among them.

        Raises:
            DataError: One of them is cut off, damaged, hostile or too deep.
        """
        for path in sorted(each for each in files.rglob("*") if each.is_file()):
            place = PurePosixPath(path.relative_to(files).as_posix())
            (self._folder / place).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / place).symlink_to(path.resolve())
            self._keep(Member(place, path.stat().st_size, _UNREAD), str(path), depth=1)
        return self._unpack_all_inner()

    def _unpack_all_inner(self) -> list[Member]:
        while self._inner:
            self._unpack_inner(self._inner.pop())
        return sorted(self._members.values(), key=lambda member: member.path)

    def _keep(self, member: Member, label: str, depth: int) -> None:
        self._members[_key(member.path)] = member
        if member.path.suffix.lower() in FORMATS:
            self._inner.append(_Inner(member, label, depth))

    def _unpack_inner(self, inner: _Inner) -> None:
        path = inner.member.path
        if inner.depth > MAX_DEPTH:
            raise DataError(f"{inner.label} is more than {MAX_DEPTH} archives deep.", UNTRUSTED)
        folder = self._spare / path.name
        folder.mkdir()
        intake = Intake(inner.label, inner.member.size, folder, self._budget)
        if not inner.member.size:
            raise intake.damaged("it is empty")
        suffix = path.suffix.lower()
        FORMATS[suffix](self._folder / path, intake)
        (self._folder / path).unlink()
        del self._members[_key(path)]
        for member, place in _places(intake.finish(), path, inner.label):
            if self._is_new(member, place, inner.label):
                (self._folder / place).parent.mkdir(parents=True, exist_ok=True)
                (folder / member.path).rename(self._folder / place)
                is_tar_inside = suffix in compressed.SUFFIXES and place.suffix.lower() == ".tar"
                depth = inner.depth + (not is_tar_inside)
                self._keep(replace(member, path=place), f"{inner.label}: {member.path}", depth)
        shutil.rmtree(folder)

    def _is_new(self, member: Member, place: PurePosixPath, label: str) -> bool:
        """Tell whether nothing is in that place yet; some archives hold a file both packed and unpacked."""
        there = self._members.get(_key(place))
        if there is None:
            return True
        if there.path == place and there.sha256 in (member.sha256, _UNREAD):
            return False
        raise DataError(f"{label}: {member.path} is there twice: it would overwrite {there.path}.", UNTRUSTED)


def _key(path: PurePosixPath) -> str:
    return str(path).casefold()  # two names that are one on some disks would overwrite each other


def _places(members: list[Member], archive: PurePosixPath, label: str) -> list[tuple[Member, PurePosixPath]]:
    """Say where each file of an inner archive goes.

    ``x/train.zip`` becomes the folder ``x/train``, whether or not it holds its files in a folder ``train``; a
    single file goes beside the archive.
    """
    name = safe_path(label, archive.stem)
    folder = archive.parent / name
    if all(len(member.path.parts) > 1 and _key(member.path).startswith(f"{_key(name)}/") for member in members):
        return [(member, folder.joinpath(*member.path.parts[1:])) for member in members]
    if len(members) == 1:
        return [(members[0], archive.parent / members[0].path.name)]
    return [(member, folder / member.path) for member in members]
