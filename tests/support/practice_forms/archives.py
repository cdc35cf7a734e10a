"""Archives inside a competition's archive, as bytes."""

import gzip
import io
import tarfile
from collections.abc import Mapping

from kagglebot.practice.packing import zipped


def pack(files: Mapping[str, bytes], suffix: str) -> bytes:
    """Return an archive of files; ``suffix`` is ``.zip``, ``.tar.gz`` or ``.7z`` (dated now)."""
    return {".zip": zipped, ".tar.gz": _tarred, ".7z": _sevenzipped}[suffix](files)


def _tarred(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _sevenzipped(files: Mapping[str, bytes]) -> bytes:
    import py7zr

    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return stream.getvalue()
