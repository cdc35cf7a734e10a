"""A client of Kaggle that lists a competition's files and sends its tables: what is told before a download."""

import io
import zipfile
from pathlib import Path

from kagglebot.kaggle.records import FileList, RemoteFile

_LARGE = 20 * 10**6


class Listing:
    """A client of Kaggle that lists files, each image of 20 MB, and sends tables."""

    def __init__(self, files: dict[str, bytes | str], *, whole: bool = True, packed: bool = False) -> None:
        self.whole, self.packed = whole, packed
        self.contents = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
        self.read: list[str] = []

    def files(self, name: str, *, pages: int = 0) -> FileList:
        sizes = {path: _size(path, content) for path, content in self.contents.items()}
        return FileList(tuple(RemoteFile(path, size) for path, size in sizes.items()), self.whole)

    def read_start(self, name: str, file: RemoteFile, most: int) -> bytes:
        self.read.append(file.name)
        content = self.contents[file.name]
        if self.packed:
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(Path(file.name).name, content)
            content = stream.getvalue()
        return content[:most]


def _size(path: str, content: bytes) -> int:
    return len(content) if path.endswith((".csv", ".json")) else _LARGE
