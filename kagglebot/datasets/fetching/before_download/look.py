"""Which files are wanted, how large they are, and whether the disk has room for them."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from kagglebot.datasets.fetch_request import FetchRequest
from kagglebot.datasets.fetching.before_download.scope import check_scope
from kagglebot.datasets.layouts.image_files.sizes import offered_sizes, unpacked_folder
from kagglebot.datasets.layouts.image_files.unread_files import most_frequent_unread
from kagglebot.datasets.sample_submission.find import find_sample
from kagglebot.errors import DataError, KaggleError, UsageError
from kagglebot.kaggle.client import KaggleClient, holds_chosen
from kagglebot.kaggle.records import FileList, RemoteFile
from kagglebot.system.files.space import check_space, size_text
from kagglebot.system.listing import shorten
from kagglebot.system.progress import ProgressCallback

#: A download below this size is quicker than a look at what it holds, unless the list shows what is not read.
_SMALL = 50 * 10**6
#: Folders and files that are named.
_SHOWN = 8
#: Pages of a hundred files that are looked at where all files are wanted.
_PAGES = 30


def look_before(
    client: KaggleClient, folder: Path, request: FetchRequest, on_progress: ProgressCallback
) -> tuple[RemoteFile, ...]:
    """Check what would be downloaded, and return the files of ``--files``; none where all are wanted.

    The size and the free space go to ``on_progress``. Where there is an archive already, nothing is checked.

    Raises:
        DataError: The competition is out of scope, or the disk has no room for its files.
        UsageError: No file is like a pattern of ``--files``.
        KaggleError: The files are to be chosen, and Kaggle does not list them.
    """
    name, patterns = request.competition, request.file_patterns
    first = not (folder / f"{name}.zip").exists() or (not patterns and holds_chosen(folder, name))
    if not patterns and not first:
        return ()
    try:
        listed = client.files(name) if patterns else client.files(name, pages=_PAGES)
    except KaggleError:
        if patterns:
            raise
        return ()  # the download says why
    if patterns and not listed.whole:
        on_progress(f"{name} has more than {len(listed.files):,} files: --files chooses among these", 0, None)
    chosen = choose_files(listed.files, patterns) if patterns else ()
    wanted = FileList(chosen) if chosen else listed
    if first and wanted.files:
        _check_size(folder, name, wanted, on_progress)
        doubtful = most_frequent_unread(PurePosixPath(each.name) for each in wanted.files)
        if wanted.size > _SMALL or not wanted.whole or doubtful:
            on_progress("looking at the list of files", 0, None)
            check_scope(client, request, wanted)
    return chosen


def choose_files(files: Sequence[RemoteFile], patterns: Sequence[str]) -> tuple[RemoteFile, ...]:
    """Return the files whose paths are like a pattern, in any case, and the sample submission.

    A folder stands for all files in it, and for an archive of its name.

    Raises:
        UsageError: There is none for a pattern.
    """
    chosen = set[str]()
    for pattern in patterns:
        found = [each.name for each in files if _is_like(each.name.casefold(), pattern.casefold())]
        if not found:
            tops = [*dict.fromkeys("".join(each.name.partition("/")[:2]) for each in files)]
            shown = shorten(tops, _SHOWN)
            raise UsageError(
                f"--files: none of the {len(files):,} files on Kaggle is like {pattern!r}; they are {shown}.",
                'Name files with * and ?, such as --files "train/*", or take the choice back with --files "".',
            )
        chosen.update(found)
    with suppress(DataError):  # it may be in an archive
        chosen.add(str(find_sample(PurePosixPath(each.name) for each in files)))
    return tuple(each for each in files if each.name in chosen)


def _is_like(name: str, pattern: str) -> bool:
    """Return whether a path is like a pattern, or in a folder or an archive of that name."""
    pattern = pattern.replace("\\", "/").removeprefix("./")
    folder = pattern.removesuffix("*").rstrip("/")
    packed = str(unpacked_folder(PurePosixPath(name)))
    like = any(fnmatchcase(name, each) for each in (pattern, f"{folder}/*"))
    return like or name.startswith(f"{folder}/") or folder in (name, packed)


def _check_size(folder: Path, name: str, wanted: FileList, on_progress: ProgressCallback) -> None:
    """Report how much is wanted and how much is free; raise DataError where the unpacked files do not fit."""
    disk = next(path for path in (folder, *folder.parents) if path.exists())
    hidden = folder / ".download"
    there = sum(path.stat().st_size for path in hidden.rglob("*") if path.is_file()) if hidden.exists() else 0
    if len(sizes := offered_sizes(PurePosixPath(each.name) for each in wanted.files)) > 1:
        shown = shorten(sizes, _SHOWN)
        on_progress(f"{name} has images in several sizes: {shown}; --files downloads only those of one", 0, None)
    free, more = size_text(shutil.disk_usage(disk).free), "" if wanted.whole else "more than "
    size = size_text(wanted.size)
    on_progress(
        f"{name}: {more}{len(wanted.files):,} files, {more}{size} and an archive; {free} are free", 0, None
    )
    check_space(disk, wanted.size - there, f"the files of {name}")
