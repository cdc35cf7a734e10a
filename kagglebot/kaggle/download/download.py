"""The download of a competition's archive: its current version, complete, resumed after a broken connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from kagglebot.kaggle.connection.connection import Connection
from kagglebot.kaggle.connection.exceptions import BrokenTransfer
from kagglebot.kaggle.connection.quiet import quiet
from kagglebot.kaggle.download.archive_files import ArchiveFiles, PartialFile, Version, version_of
from kagglebot.kaggle.records import RemoteFile
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.progress import ProgressCallback

if TYPE_CHECKING:
    from kagglebot.kaggle.connection.session import Api

_WATCH_SECONDS = 0.1
_CHUNK_BYTES = 1 << 16  # a broken connection loses at most this much; the client's default is 1 MiB


def download_archive(
    kaggle: Connection, name: str, files: ArchiveFiles, on_progress: ProgressCallback, *, force: bool
) -> bool:
    """Download a competition's archive, and return whether it is new: there was none, or another version."""

    def once(api: Api) -> bool:
        with _streamed(api, "DownloadDataFiles", competition_name=name) as (response, http):
            version = Version.from_headers(response.headers)
            if files.is_version(version) and not force:
                files.discard()
                return False
            _transfer(api, response, http, files, on_progress)
        files.save(version)
        return True

    return kaggle.attempt(once, name, amount=files.partial_bytes)


def download_chosen(
    kaggle: Connection,
    name: str,
    files: ArchiveFiles,
    chosen: Sequence[RemoteFile],
    on_progress: ProgressCallback,
    *,
    force: bool,
) -> bool:
    """Download some of a competition's files one by one into its archive, and return whether that is new."""
    version, parts, before = version_of(chosen), {}, 0
    if files.is_version(version) and not force:
        return False
    total, phase = sum(file.size for file in chosen), f"downloading {len(chosen):,} files"
    for file in chosen:
        part, start = files.part(file), before

        def report(_: str, done: int, __: int | None, start: int = start) -> None:
            on_progress(phase, start + done, total)

        once = partial(_download_part, part=part, name=name, file=file.name, on_progress=report)
        parts[file.name] = kaggle.attempt(once, name, amount=part.partial_bytes)
        before += file.size
    files.pack(parts)
    files.save(version)
    return True


def _download_part(api: Api, part: PartialFile, name: str, file: str, on_progress: ProgressCallback) -> Path:
    if done := part.finished():
        return done
    with _streamed(api, "DownloadDataFile", competition_name=name, file_name=file) as (response, http):
        _transfer(api, response, http, part, on_progress)
        return part.finish(packed=_is_packed(response, file))


def read_start(api: Api, name: str, file: str, most: int) -> bytes:
    """Return the first bytes of a file as Kaggle sends it, at most about so many."""
    content = bytearray()
    with _streamed(api, "DownloadDataFile", competition_name=name, file_name=file) as (response, _):
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) >= most:
                break
    return bytes(content)


@contextmanager
def _streamed(api: Api, method: str, **fields: Any) -> Iterator[tuple[requests.Response, Any]]:
    """Yield the response of a download, of which only the headers have come, and the client that it comes by."""
    with api.build_kaggle_client() as kaggle, closing(api.call_with(kaggle, method, **fields)) as response:
        yield response, kaggle.http_client()


def _is_packed(response: requests.Response, name: str) -> bool:
    """Return whether Kaggle sends a file of that name in a zip file, as it does with large tables."""
    return urlsplit(response.url).path.endswith(".zip") and not name.endswith(".zip")


def _transfer(
    api: Any, response: requests.Response, http: Any, files: PartialFile, on_progress: ProgressCallback
) -> None:
    """Write the rest of the file behind ``response`` to ``files.partial``, in one attempt.

    The caller retries: it asks for a new address, as the old one expires.

    Raises:
        BrokenTransfer: The connection broke, or the size differs from the announced one; the rest can be resumed.
        requests.HTTPError: The storage refuses.
        DataError: The disk is full or refuses.
    """
    version = Version.from_headers(response.headers)
    files.prepare(version)
    phase = f"downloading {files.partial.name}"
    with _reporting(files.partial_bytes, lambda done: on_progress(phase, done, version.size)):
        try:
            with quiet():
                target, options = str(files.partial), {"chunk_size": _CHUNK_BYTES, "max_retries": 0}
                api.download_file(response, target, http, quiet=True, resume=True, **options)
        except requests.HTTPError:
            raise
        except requests.RequestException as error:  # also an OSError, but not of this disk
            arrived, announced = files.partial_bytes(), f" of {version.size:,}" if version.size else ""
            raise BrokenTransfer(f"{files.partial.name} broke off after {arrived:,}{announced} bytes.") from error
        except OSError as error:
            with disk_errors(f"write {files.partial}"):
                raise error from None
        except ValueError as error:
            raise BrokenTransfer(f"{files.partial.name} did not arrive whole.") from error


@contextmanager
def _reporting(amount: Callable[[], int], report: Callable[[int], None]) -> Iterator[None]:
    """Call ``report`` with the amount every tenth of a second while the block runs, and once at its end."""
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(_WATCH_SECONDS):
            report(amount())

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(watch)
        try:
            yield
        finally:
            finished.set()
        watcher.result()
    report(amount())
