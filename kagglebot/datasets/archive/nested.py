"""Archives inside archives: which files are archives, and where their content goes."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive import compressed
from kagglebot.datasets.archive.guard import (
    AGAIN,
    UNTRUSTED,
    Extraction,
    Member,
    UnpackLimits,
    is_junk,
    name_key,
    safe_path,
)
from kagglebot.datasets.archive.parts import Parts, missing_part, split_name
from kagglebot.datasets.archive.seven_zip import unpack_7z
from kagglebot.datasets.archive.tar_format import unpack_tar
from kagglebot.datasets.archive.zip_format import unpack_zip
from kagglebot.errors import DataError

#: The most levels of archives inside the one that Kaggle sent; ``.tar.gz`` is one level.
MAX_DEPTH = 3

#: The function that unpacks a file of that ending, or raises DataError where it is cut off, damaged, encrypted or
#: hostile; a new format is a module and a line here.
FORMATS: dict[str, Callable[[Path | Parts, Extraction], None]] = {
    ".zip": unpack_zip,
    ".tar": unpack_tar,
    ".7z": unpack_7z,
    **dict.fromkeys(compressed.SUFFIXES, compressed.unpack_compressed),
}

#: In place of the SHA-256 of a file that is linked to and was not read.
_NO_DIGEST = ""


def is_archive(name: str) -> bool:
    """Return whether a file of that name is an archive or a part of one."""
    return PurePosixPath(split_name(name)[0]).suffix.lower() in FORMATS


@dataclass(frozen=True)
class _Inner:
    """An archive that was unpacked from another: its file or parts, its name in messages, and its level."""

    member: Member
    label: str
    depth: int
    parts: tuple[PurePosixPath, ...]


class Tree:
    """A folder that an archive and every archive inside it are unpacked into.

    ``scratch`` is for inner archives while they are unpacked; both folders are empty, and on the same disk.
    """

    def __init__(self, folder: Path, scratch: Path, limits: UnpackLimits) -> None:
        self._folder = folder
        self._scratch = scratch
        self._key = name_key(folder)
        self._limits = limits
        self._members: dict[str, Member] = {}
        self._inner: list[_Inner] = []
        self._parts: dict[PurePosixPath, dict[int, _Inner]] = {}

    def unpack(self, archive: Path) -> list[Member]:
        """Unpack an archive and those inside it, which are removed; return the files, sorted by path."""
        extraction = Extraction(str(archive), archive.stat().st_size, self._folder, self._limits)
        unpack_zip(archive, extraction)
        for member in extraction.finish():
            self._add(member, f"{archive}: {member.path}", depth=1)
        return self._unpack_all_inner()

    def mirror(self, files: Path) -> list[Member]:
        """Link to the files of a folder, and unpack the archives among them; return the files, sorted by path."""
        for path in sorted(each for each in files.rglob("*") if each.is_file()):
            inside = PurePosixPath(path.relative_to(files).as_posix())
            if is_junk(inside, path.name):
                continue
            (self._folder / inside).parent.mkdir(parents=True, exist_ok=True)
            _link(path.resolve(), self._folder / inside)
            self._add(Member(inside, path.stat().st_size, _NO_DIGEST), str(path), depth=1)
        return self._unpack_all_inner()

    def _unpack_all_inner(self) -> list[Member]:
        while self._inner or self._parts:
            self._unpack_inner(self._inner.pop() if self._inner else self._joined(*self._parts.popitem()))
        return sorted(self._members.values(), key=lambda member: member.path)

    def _add(self, member: Member, label: str, depth: int) -> None:
        self._members[self._key(member.path)] = member
        name, number = split_name(member.path.name)
        inner = _Inner(member, label, depth, (member.path,))
        if not is_archive(member.path.name):
            return
        if number is None:
            self._inner.append(inner)
        else:
            self._parts.setdefault(member.path.with_name(name), {})[number] = inner

    def _joined(self, path: PurePosixPath, parts: dict[int, _Inner]) -> _Inner:
        """Return an archive of its parts; raise DataError where one is missing."""
        first, last = parts[min(parts)], parts[max(parts)]
        if (missing := missing_part([*parts])) is not None:
            raise DataError(
                f"{last.label} is a part of {path.name}, and part {missing} is missing: there are "
                f"{', '.join(map(str, sorted(parts)))}.",
                AGAIN,
            )
        size = sum(inner.member.size for inner in parts.values())
        paths = tuple(parts[number].member.path for number in sorted(parts))
        label = f"{first.label} to {last.member.path.name}" if len(parts) > 1 else first.label
        return _Inner(Member(path, size, _NO_DIGEST), label, first.depth, paths)

    def _unpack_inner(self, inner: _Inner) -> None:
        path = inner.member.path
        if inner.depth > MAX_DEPTH:
            raise DataError(f"{inner.label} is more than {MAX_DEPTH} archives deep.", UNTRUSTED)
        folder = self._scratch / path.name
        folder.mkdir()
        extraction = Extraction(inner.label, inner.member.size, folder, self._limits)
        if not inner.member.size:
            raise extraction.damaged("it is empty")
        if self._key(path.with_suffix(".z01")) in self._members:
            raise DataError(
                f"{inner.label} is the last part of an archive in {path.stem}.z01 and so on: such are not joined.",
                f"Join them, as by `zip -s 0 {path.name} --out whole.zip`, and read the folder with --from.",
            )
        suffix = path.suffix.lower()
        files = tuple(self._folder / part for part in inner.parts)
        FORMATS[suffix](files[0] if path in inner.parts else Parts(files), extraction)
        for part, file in zip(inner.parts, files, strict=True):
            file.unlink()
            del self._members[self._key(part)]
        for member, target in _targets(extraction.finish(), path, inner.label):
            if self._is_new(member, target, inner.label):
                (self._folder / target).parent.mkdir(parents=True, exist_ok=True)
                (folder / member.path).rename(self._folder / target)
                is_tar_inside = suffix in compressed.SUFFIXES and target.suffix.lower() == ".tar"
                depth = inner.depth + (not is_tar_inside)
                self._add(replace(member, path=target), f"{inner.label}: {member.path}", depth)
        shutil.rmtree(folder)

    def _is_new(self, member: Member, target: PurePosixPath, label: str) -> bool:
        """Return whether there is no such file yet; some archives hold a file both packed and unpacked."""
        present = self._members.get(self._key(target))
        if present is None:
            return True
        if present.path == target and present.sha256 in (member.sha256, _NO_DIGEST):
            return False
        raise DataError(f"{label}: {member.path} is there twice: it would overwrite {present.path}.", UNTRUSTED)


def _link(original: Path, path: Path) -> None:
    """Link ``path`` to another file, or copy that where the disk has no links."""
    try:
        path.symlink_to(original)
    except OSError:
        shutil.copyfile(original, path)


def _targets(members: list[Member], archive: PurePosixPath, label: str) -> list[tuple[Member, PurePosixPath]]:
    """Return the path of each file of an inner archive.

    ``x/train.zip`` becomes the folder ``x/train``, whether or not it holds its files in a folder ``train``; a
    single file goes into the folder of the archive.
    """
    name = safe_path(label, archive.stem)
    folder = archive.parent / name
    tops = {member.path.parts[0].casefold() if len(member.path.parts) > 1 else "" for member in members}
    if tops <= {str(name).casefold()}:
        return [(member, folder.joinpath(*member.path.parts[1:])) for member in members]
    if len(members) == 1:
        return [(members[0], archive.parent / members[0].path.name)]
    return [(member, folder / member.path) for member in members]
