"""The file storage behind the practice server: signed addresses for downloads and uploads."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class StoredFile:
    """A file to download: its bytes are at ``path``, or in ``content`` where it is part of an archive."""

    path: Path
    content: bytes | None = None

    def size(self) -> int:
        """Return the size in bytes."""
        return self.path.stat().st_size if self.content is None else len(self.content)

    def last_modified(self) -> str:
        """Return the file's date as HTTP writes it."""
        return formatdate(self.path.stat().st_mtime, usegmt=True)

    def etag(self) -> str:
        """Return a tag that changes with the content."""
        status = self.path.stat()
        text = f"{self.path.name} {status.st_size} {status.st_mtime_ns} {self.size()}"
        return f'"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"'

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` up to ``stop``."""
        if self.content is not None:
            return self.content[start:stop]
        with self.path.open("rb") as file:
            file.seek(start, os.SEEK_SET)
            return file.read(stop - start)


class Storage:
    """Files behind signed addresses, as those of Kaggle's storage."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}  # by signature
        self.uploads: dict[str, bytes | None] = {}  # by token; None until the file is there

    def sign(self, file: StoredFile, name: str) -> str:
        """Return the path and query from which ``file`` can be downloaded as ``name``."""
        signature = secrets.token_urlsafe(16)
        self.files[signature] = file
        return f"/files/{quote(name)}?signature={signature}"

    def expect_upload(self) -> str:
        """Return the token of a new upload."""
        token = secrets.token_urlsafe(16)
        self.uploads[token] = None
        return token


def wanted_bytes(header: str | None, size: int) -> tuple[int, int] | None:
    """Return start and stop of a ``Range`` header; the whole file without one, None where it is out of range."""
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", header or "")
    if not match:
        return 0, size
    start, stop = int(match[1]), min(int(match[2] or size - 1) + 1, size)
    return (start, stop) if start < size else None
