"""Archives as Kaggle packs them, with fixed dates, so that the same content gives the same archive."""

import csv
import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kagglebot.system.files import atomic_write

_DATE = (2020, 1, 1, 0, 0, 0)


def csv_text(header: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return the text of a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_labels(path: Path, header: Sequence[str], labels: Mapping[str, str]) -> None:
    """Write the true label of each id to a CSV file."""
    with atomic_write(path) as temporary:
        temporary.write_text(csv_text(header, labels.items()), encoding="utf-8")


def write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files to a zip archive at ``path``."""
    with atomic_write(path) as temporary:
        temporary.write_bytes(zipped(files))


def pack(files: Mapping[str, bytes], suffix: str) -> bytes:
    """Return an archive of files; ``suffix`` is ``.zip``, ``.tar.gz`` or ``.7z`` (dated now)."""
    return {".zip": zipped, ".tar.gz": _tarred, ".7z": _sevenzipped}[suffix](files)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


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
