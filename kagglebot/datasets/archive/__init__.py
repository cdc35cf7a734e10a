"""Unpacks what Kaggle sent, and every archive inside it, trusting nothing in it.

No entry leaves the folder or becomes a link, what an archive says about its sizes is held against it, every
checksum is verified, and the folder appears whole or not at all. One module a format; ``guard`` is what all of
them are held to.
"""

import shutil
import tempfile
from pathlib import Path, PurePosixPath
from uuid import uuid4

from kagglebot.datasets.archive.guard import Member, UnpackLimits
from kagglebot.datasets.archive.nested import Tree
from kagglebot.system.files import disk_errors
from kagglebot.system.progress import ProgressCallback, no_progress

__all__ = ["MAX_BYTES", "MAX_RATIO", "Member", "mirror", "unpack"]

#: An archive that unpacks to more is refused (200 GB: the largest image competitions stay below).
MAX_BYTES = 200 * 10**9
#: Bytes unpacked for each byte packed: pixel columns reach about 10, images 1, deflate's bombs 1000.
MAX_RATIO = 200.0


def unpack(
    archive: Path,
    folder: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_ratio: float = MAX_RATIO,
    on_progress: ProgressCallback | None = None,
) -> list[Member]:
    """Unpack a zip archive into ``folder``, which must not exist yet.

    Archives inside it (zip, tar, 7z, and single files compressed by gzip, bzip2 or xz) are unpacked in their
    place: ``train.zip`` becomes the folder ``train``, and ``train.csv.gz`` becomes ``train.csv``. What macOS adds
    to archives is left out.

    Args:
        archive: The file as Kaggle sent it.
        folder: Appears once everything is unpacked and verified.
        max_bytes: Refuse an archive that unpacks to more, inner archives and their content counted.
        max_ratio: Refuse files, or archives, that unpack to more than this many times their packed size.
        on_progress: Called with the bytes unpacked so far, and how many are known to come.

    Raises:
        DataError: The archive is cut off, damaged or hostile, or the disk refuses; ``folder`` was not made.
    """
    with disk_errors(f"unpack {archive}"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        budget = UnpackLimits(archive, folder.parent, max_bytes, max_ratio, on_progress or no_progress)
        temporary = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
        try:
            tree, spare = temporary / "tree", temporary / "spare"
            tree.mkdir(parents=True)
            spare.mkdir()
            members = Tree(tree, spare, budget).unpack(archive)
            budget.report(last=True)
            tree.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return members


def mirror(files: Path, folder: Path) -> list[PurePosixPath]:
    """Show in ``folder``, which must not exist yet, what ``unpack`` would make of files that lie in a folder.

    Archives are unpacked there, within the limits of ``unpack``; all other files are links to where they lie.

    Returns:
        The paths in ``folder``, sorted.

    Raises:
        DataError: An archive is damaged or hostile, or the disk refuses.
    """
    with disk_errors(f"read {files}"), tempfile.TemporaryDirectory(dir=folder.parent) as spare:
        folder.mkdir()
        budget = UnpackLimits(files, folder.parent, MAX_BYTES, MAX_RATIO, no_progress)
        return [member.path for member in Tree(folder, Path(spare), budget).mirror(files)]
