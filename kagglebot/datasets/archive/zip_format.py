"""Zip archives, unpacked in two threads: every entry has a checksum of its own."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from kagglebot.datasets.archive.guard import AGAIN, Extraction
from kagglebot.datasets.archive.parts import Parts
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import is_disk_error

_CHUNK = 1 << 20
_IN_UTF_8 = 0x800


def unpack_zip(archive: Path | Parts, extraction: Extraction) -> None:
    """Unpack a zip archive."""
    with _zip_errors(extraction.label), archive.open("rb") as stream, zipfile.ZipFile(stream) as source:
        entries = _admitted(source, extraction)
        extraction.begin()
        _extract(source, entries, extraction)


@contextmanager
def _zip_errors(label: str) -> Iterator[None]:
    """Turn exceptions of zipfile, zlib and the decompressors into a ``DataError``."""
    try:
        yield
    except zipfile.BadZipFile as error:
        raise DataError(f"{label} is damaged, cut off, or not a zip archive ({error}).", AGAIN) from error
    except (zlib.error, EOFError) as error:
        raise DataError(f"{label} is damaged: its packed data ends or breaks ({error}).", AGAIN) from error
    except DataError:
        raise
    except Exception as error:  # the decompressors raise exceptions of nearly every kind for broken data
        if is_disk_error(error):
            raise
        reason = str(error).rstrip(".") or type(error).__name__
        raise DataError(f"{label} cannot be unpacked: {reason}.", AGAIN) from error


def _admitted(source: zipfile.ZipFile, extraction: Extraction) -> dict[PurePosixPath, zipfile.ZipInfo]:
    entries: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for entry in source.infolist():
        # entry.is_dir() fails for an empty name, and does not know the folders of Windows
        is_folder = entry.filename.endswith("/") or (entry.filename.endswith("\\") and not entry.file_size)
        plain = stat.S_IFMT(entry.external_attr >> 16) in {0, stat.S_IFREG, stat.S_IFDIR}
        path = extraction.admit(
            _name(entry),
            entry.file_size,
            packed=entry.compress_size,
            is_file=plain and not is_folder,
            is_folder=plain and is_folder,
        )
        if path is None:
            continue
        if entry.flag_bits & 0x1:
            raise extraction.encrypted(entry.filename)
        entries[path] = entry
    return entries


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry, which some programs write in UTF-8 without saying so."""
    name = entry.orig_filename  # in `filename` zipfile cuts at a NUL and changes separators
    if entry.flag_bits & _IN_UTF_8:
        return name
    with suppress(UnicodeError):
        return name.encode("cp437").decode("utf-8")
    return name


def _extract(
    source: zipfile.ZipFile, entries: dict[PurePosixPath, zipfile.ZipInfo], extraction: Extraction
) -> None:
    """Unpack in two threads (inflate and checksums release the GIL), the largest files first."""
    largest_first = sorted(entries.items(), key=lambda item: -item[1].file_size)
    with ThreadPoolExecutor(2, thread_name_prefix="unpack") as pool:
        try:
            pending: set[Future[None]] = {
                pool.submit(_extract_one, source, entry, path, extraction) for path, entry in largest_first
            }
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
                for job in done:
                    job.result()
                extraction.limits.report()
        except BaseException:
            extraction.limits.stop.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _extract_one(
    source: zipfile.ZipFile, entry: zipfile.ZipInfo, path: PurePosixPath, extraction: Extraction
) -> None:
    # Reading stops at the size the entry claims and compares the checksum there, so a larger one cannot pass.
    with source.open(entry) as packed, extraction.open_file(path) as write:
        while not extraction.limits.stop.is_set() and (chunk := packed.read(_CHUNK)):
            write(chunk)
