"""An archive in parts, ``train.zip.001`` and so on, read as one file without a copy of it."""

import io
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: After an archive's name ``.001``, ``.part1`` and, as ``split`` names them, ``.aa`` to ``.cz``, but not ``.bz``.
_PART = re.compile(
    r"(.+\.(?:zip|tar|7z|t?gz|t?bz2|t?xz))(?:[-_.](?:part[-_.]?)?([0-9]{1,5})"
    r"|[-_.]?(?:part[-_.]?)?(?!bz|br)([a-c])([a-z]))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parts:
    """The parts of an archive in their order; its name is theirs without the number."""

    paths: tuple[Path, ...]

    @property
    def suffix(self) -> str:
        """The ending of the archive."""
        return PurePosixPath(split_name(self.paths[0].name)[0]).suffix

    @property
    def stem(self) -> str:
        """The name of the archive without its ending."""
        return PurePosixPath(split_name(self.paths[0].name)[0]).stem

    def open(self, mode: str = "rb") -> BinaryIO:
        """Open all parts as one file, to read."""
        return io.BufferedReader(_Joined(self.paths), 1 << 16)


def split_name(name: str) -> tuple[str, int | None]:
    """Return the name of an archive and the number of a part; the name itself and None where it is no part's.

    >>> split_name("train.zip.001"), split_name("train.tar.gz.ab"), split_name("train.zip")
    (('train.zip', 1), ('train.tar.gz', 1), ('train.zip', None))
    """
    match = _PART.fullmatch(name)
    if match is None:
        return name, None
    first, second = (ord((letter or "a").lower()) - ord("a") for letter in match.groups()[2:])
    return match[1], int(match[2]) if match[2] else 26 * first + second


def missing_part(numbers: Sequence[int]) -> int | None:
    """Return the first number that is not there between 1, or 0, and the last; None where all are."""
    expected = range(min(1, *numbers), max(numbers))
    return next((number for number in expected if number not in numbers), None)


class _Joined(io.RawIOBase):
    """Files one after the other as a stream; one of them is open at a time."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._ends = list(accumulate(path.stat().st_size for path in paths))
        self._place = 0
        self._open: tuple[int, BinaryIO] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._ends[-1]}[whence]
        if start + offset < 0:
            raise OSError(f"negative seek position {start + offset}")
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        part = bisect_right(self._ends, self._place)
        if part == len(self._paths):
            return 0
        if self._open is None or self._open[0] != part:
            self._close_part()
            self._open = part, self._paths[part].open("rb")
        self._open[1].seek(self._place - (self._ends[part - 1] if part else 0))
        size = self._open[1].readinto(buffer)  # type: ignore[attr-defined]
        self._place += size
        return int(size)

    def close(self) -> None:
        self._close_part()
        super().close()

    def _close_part(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None
