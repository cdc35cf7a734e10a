"""The download of a file of weights: resumed after a broken connection, checked, complete or absent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from kagglebot.errors import DataError
from kagglebot.kaggle.retry import RetryPolicy
from kagglebot.system.files.atomic_write import sync
from kagglebot.system.files.digest import file_digest
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.progress import ProgressCallback

#: Seconds that a server may take to accept a connection, and to send the next bytes.
TIMEOUT = (10.0, 30.0)
RETRY = RetryPolicy(attempts=3)
_CHUNK_BYTES = 1 << 18
#: More than any file of weights has: a server that sends more is not the one that we want.
_LARGEST_BYTES = 4_000_000_000


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file of weights, so that two processes do not write it at once.

    Raises:
        DataError: The folder cannot be made.
    """
    from filelock import FileLock

    with disk_errors(f"make {path.parent}"):
        path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        yield


def download(url: str, path: Path, checksum: str, on_progress: ProgressCallback) -> None:
    """Download a file of weights to ``path``; what an earlier attempt has got is not sent again.

    Args:
        url: Its address.
        path: Where it is to be.
        checksum: Its digest, "sha256:..." or "md5:...".
        on_progress: Called with the bytes that have arrived.

    Raises:
        DataError: The server does not answer, refuses, or sends something else; or the disk refuses.
    """
    import requests
    import urllib3

    partial = path.with_name(f".{path.name}.part")
    try:
        RETRY.repeat(lambda: _attempt(url, partial, on_progress), amount=lambda: _size(partial))
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DataError(
            f"{path.name} could not be downloaded: {_reason(error, url)}.",
            f"Run the same command again where there is a network, or save {url} as {path}.",
        ) from error
    algorithm, _, published = checksum.partition(":")
    found = file_digest(partial, algorithm)
    with disk_errors(f"write {path}"):
        if found != published:
            partial.unlink()
            raise DataError(
                f"{urlsplit(url).hostname} sent something other than {path.name}: its digest is {found[:12]}…, "
                f"not {published[:12]}….",
                f"Run the same command again, or save {url} as {path}.",
            )
        sync(partial)
        partial.replace(path)
        sync(path.parent)


def _attempt(url: str, partial: Path, on_progress: ProgressCallback) -> None:
    import requests

    done = _size(partial)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            return  # all of it is here: the digest shows whether it is the right one
        response.raise_for_status()
        resumed = response.status_code == requests.codes.partial_content
        done = done if resumed else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else None
        with disk_errors(f"write {partial}"):
            stream = partial.open("ab" if resumed else "wb")
        with stream:
            for chunk in response.iter_content(_CHUNK_BYTES):
                done += len(chunk)
                if done > _LARGEST_BYTES:
                    raise requests.exceptions.InvalidHeader(f"more than {_LARGEST_BYTES:,} bytes were sent")
                with disk_errors(f"write {partial}"):
                    stream.write(chunk)
                    stream.flush()
                on_progress(f"downloading {partial.name.strip('.').removesuffix('.part')}", done, total)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reason(error: Exception, url: str) -> str:
    import requests

    host = urlsplit(url).hostname
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{host} answered with HTTP {error.response.status_code}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return f"{host} did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"the connection to {host} broke off"
    return f"{host} cannot be reached"
