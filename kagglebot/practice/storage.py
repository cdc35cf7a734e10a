"""The file storage behind the practice server: signed addresses for downloads and uploads."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path


@dataclass(frozen=True)
class StoredFile:
    """One file to hand out: its bytes are at ``path``, or in ``content`` where it lies inside an archive."""

    path: Path
    content: bytes | None = None

    def size(self) -> int:
        """Bytes in the file."""
        return self.path.stat().st_size if self.content is None else len(self.content)

    def last_modified(self) -> str:
        """The file's date as HTTP writes it."""
        return formatdate(self.path.stat().st_mtime, usegmt=True)

    def etag(self) -> str:
        """What changes when the content does."""
        status = self.path.stat()
        text = f"{self.path.name} {status.st_size} {status.st_mtime_ns} {self.size()}"
        return f'"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"'

    def read(self, start: int, stop: int) -> bytes:
        """Bytes from ``start`` up to ``stop``."""
        if self.content is not None:
            return self.content[start:stop]
        with self.path.open("rb") as file:
            file.seek(start, os.SEEK_SET)
            return file.read(stop - start)


class Storage:
    """Addresses that work only with their signature, as those of Kaggle's storage do."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._uploads: dict[str, bytes | None] = {}

    def sign(self, file: StoredFile, name: str) -> str:
        """Return the path and query under which ``file`` can be downloaded by that name."""
        signature = secrets.token_urlsafe(16)
        self._files[signature] = file
        return f"/files/{name}?signature={signature}"

    def find(self, signature: str) -> StoredFile | None:
        """Return the file that was signed so."""
        return self._files.get(signature)

    def expect_upload(self) -> str:
        """Return the token of a new upload."""
        token = secrets.token_urlsafe(16)
        self._uploads[token] = None
        return token

    def save_upload(self, token: str, content: bytes) -> bool:
        """Keep what was uploaded; False where no such upload was announced."""
        known = token in self._uploads
        if known:
            self._uploads[token] = content
        return known

    def uploaded(self, token: str) -> bytes | None:
        """Return what was uploaded under that token, None where nothing was."""
        return self._uploads.get(token)


def wanted_bytes(header: str | None, size: int) -> tuple[int, int] | None:
    """Turn a ``Range`` header into start and stop; the whole file without one, None outside of the file."""
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", header or "")
    if not match:
        return 0, size
    start, stop = int(match[1]), min(int(match[2] or size - 1) + 1, size)
    return (start, stop) if start < size else None
