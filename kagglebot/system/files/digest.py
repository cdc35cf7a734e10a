"""The digest of a file."""

import hashlib
from pathlib import Path

from kagglebot.system.files.disk_errors import disk_errors


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the digest of a file's content, in hexadecimal.

    Raises:
        DataError: The file cannot be read.
    """
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
