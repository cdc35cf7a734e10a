"""Archives as Kaggle packs them, with fixed dates, so that the same content gives the same archive."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from kagglebot.system.files.atomic_write import atomic_write

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


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def sample_text(archive: Path | BinaryIO) -> str:
    """Return the text of the sample submission in a zip archive, or in one inside it; empty where there is none.

    Raises:
        BadZipFile: It is no zip archive, or damaged.
        UnicodeDecodeError: The sample is not in UTF-8.
    """
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if "submission" in name.lower()]
        for name in names:
            if name.lower().endswith(".csv"):
                return packed.read(name).decode("utf-8-sig")
        inner = (io.BytesIO(packed.read(name)) for name in names if name.lower().endswith(".zip"))
        return next(filter(None, map(sample_text, inner)), "")
