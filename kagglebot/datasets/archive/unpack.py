"""Safe unpacking of Kaggle's archives, and of every archive inside them.

No entry leaves the folder or becomes a link, no file is larger than its archive claims, every checksum is
verified, and the folder appears whole or not at all. One module a format; ``guard`` holds the checks of all.
"""

import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

from kagglebot.datasets.archive.guard import Member, UnpackLimits
from kagglebot.datasets.archive.nested import Tree
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.progress import ProgressCallback, no_progress

#: The most bytes an archive may unpack to: 200 GB, more than the largest image competitions have.
MAX_BYTES = 200 * 10**9
#: The most bytes unpacked for each byte packed: pixel columns reach about 10, images 1, deflate bombs 1000.
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

    Archives inside it (zip, tar, 7z, and single files compressed by gzip, bzip2 or xz) are replaced by their
    content: ``train.zip`` by the folder ``train``, ``train.csv.gz`` by ``train.csv``; parts of an archive,
    ``train.zip.001`` and so on, are one archive. The files that macOS adds to
    archives are left out.

    Args:
        archive: The zip file.
        folder: Appears once everything is unpacked and verified.
        max_bytes: The most bytes it may unpack to, with inner archives and their content.
        max_ratio: The most times its packed size that a file or an archive may unpack to.
        on_progress: Called with the bytes unpacked so far, and how many are known to come.

    Raises:
        DataError: The archive is cut off, damaged or hostile, or the disk refuses; there is no ``folder`` then.
    """
    with disk_errors(f"unpack {archive}"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        limits = UnpackLimits(archive, folder.parent, max_bytes, max_ratio, on_progress or no_progress)
        temporary = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}")
        try:
            tree, scratch = temporary / "tree", temporary / "scratch"
            tree.mkdir(parents=True)
            scratch.mkdir()
            members = Tree(tree, scratch, limits).unpack(archive)
            limits.report(last=True)
            tree.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return members


def mirror(files: Path, folder: Path, on_progress: ProgressCallback | None = None) -> list[Member]:
    """Make ``folder``, which must not exist yet, from the files of another, as ``unpack`` would unpack them.

    Archives are unpacked, within the limits of ``unpack``; all other files become links to the original ones.

    Args:
        files: The folder of the files; nothing is written into it.
        folder: The folder to make.
        on_progress: Called with the bytes of archives that are unpacked so far.

    Returns:
        The files in ``folder``, sorted by path; those that are links have no digest.

    Raises:
        DataError: An archive is damaged or hostile, or the disk refuses.
    """
    with disk_errors(f"read {files}"), tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        folder.mkdir()
        limits = UnpackLimits(files, folder.parent, MAX_BYTES, MAX_RATIO, on_progress or no_progress)
        return Tree(folder, Path(scratch), limits).mirror(files)
