"""Tables as programs and spreadsheets write them, opened in one form: comma-separated UTF-8.

Between columns there may be semicolons, tabs or bars, which ``sep=;`` may announce; the text may be UTF-16 or have
a byte-order mark; decimals may have a comma where columns have none between them; lines may end in a carriage
return alone; and empty columns and rows may follow the filled ones. A table in the one form is read as it is.
"""

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kagglebot.datasets.archive.guard import AGAIN
from kagglebot.errors import DataError
from kagglebot.system.files.disk_errors import disk_errors
from kagglebot.system.files.text import find_encoding

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: The most bytes or characters of a row: 2,000 x 2,000 pixels take 16 million. In a hostile archive a line of
#: gigabytes would fill the memory.
LONGEST_LINE = 64 << 20
HINT = f"Nothing was changed. {AGAIN}"

_HEAD_BYTES = 1 << 20  # the header and a row of most tables of pixels
_DELIMITERS = ",;\t|"
_ANNOUNCED = re.compile(r'"?sep=(.)"?[\r\n]+', re.IGNORECASE)
_NO_LETTER = re.compile("[\udc80-\udcff]")  # what decoding makes of a byte that is not in the encoding
_SAVE_AGAIN = f"Save the table as CSV in UTF-8. {HINT}"
_EMPTY_LINES = re.compile(r"\A([,;\t| ]*[\r\n]+)+")
_DECIMAL = re.compile(r"\s*[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?\s*")
csv.field_size_limit(1 << 24)  # the pixels of an image in one cell: at most 2,000 x 2,000


@dataclass(frozen=True)
class _Form:
    """How a table is written.

    ``columns`` counts those of the header, ``named`` those up to the last with a name; ``skipped`` rows go before
    the header. A ``plain`` table needs no change but for a byte-order mark.
    """

    encoding: str
    delimiter: str
    columns: int
    named: int
    skipped: int
    plain: bool = False


@contextmanager
def open_table(path: Path) -> Iterator[BinaryIO]:
    """Open a table, and yield its bytes as comma-separated UTF-8 from the header on.

    ``tell`` returns how many bytes of the file were read. A table in another form is rewritten while it is read.

    Raises:
        DataError: A row cannot be read, or the disk refuses.
    """
    with _opened(path) as (stream, form):
        stream.seek(len(BOM_UTF8) if form.encoding == "utf-8-sig" and form.plain else 0)
        if form.plain:
            yield stream
            return
        with closing(_rows(path, stream, form)) as rows:
            yield _Rewritten(stream, (row for _, row in rows))


def table_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the header of a table and each row that is not blank, with the line, from 1, that it ends in.

    Raises:
        DataError: A row cannot be read, or the disk refuses.
    """
    with _opened(path) as (stream, form):
        stream.seek(0)
        yield from _rows(path, stream, form)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, _Form]]:
    """Open a table as it is, somewhere behind its beginning, and find out how it is written."""
    with disk_errors(f"read {path}"), path.open("rb") as stream:
        yield stream, _find_form(stream.read(_HEAD_BYTES))


def too_long(path: Path, line: int) -> DataError:
    """Return the error for a line that is longer than ``LONGEST_LINE``."""
    return DataError(f"{path.name}, line {line} is too long for a row of a table.", HINT)


def row_as_header(path: Path) -> DataError:
    """Return the error for a table without a header."""
    return DataError(f"Line 1 of {path.name} is a row, not a header.", HINT)


def _find_form(head: bytes) -> _Form:
    """Return how a table is written that begins with these bytes."""
    encoding = find_encoding(head)
    text = head.decode(encoding, errors="ignore")
    announced = _ANNOUNCED.match(text)
    body = _EMPTY_LINES.sub("", text[announced.end() if announced else 0 :], count=1)
    first = {delimiter: _first_rows(body, delimiter) for delimiter in _DELIMITERS}
    delimiter = announced[1] if announced else max(first, key=lambda each: _likelihood(first[each]))
    header, *others = first.get(delimiter) or _first_rows(body, delimiter) or [[]]
    named = max((number for number, name in enumerate(header, start=1) if name.strip()), default=len(header))
    form = _Form(encoding, delimiter, len(header), named, 1 if announced else 0)
    plain = (
        encoding in {"utf-8", "utf-8-sig"}
        and delimiter == ","
        and len(body) == len(text)
        and named == len(header)
        and all(_tidy(row, form) == row for row in others)
        and ("\r" not in text or "\n" in text)
    )
    return replace(form, plain=plain)


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the first two rows; none where they cannot be read with that delimiter."""
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 2))
    except csv.Error:
        return []


def _likelihood(rows: list[list[str]]) -> tuple[bool, int]:
    """Return how likely rows were split right, to compare: into several columns, as many in each, and many."""
    widths = [len(row) for row in rows] or [0]
    return widths[0] > 1 and len(set(widths)) == 1, widths[0]


def _rows(path: Path, stream: BinaryIO, form: _Form) -> Generator[tuple[int, list[str]]]:
    """Yield each row that is not blank from the header on, with its line."""
    text = io.TextIOWrapper(stream, form.encoding, errors="surrogateescape", newline="")
    reader = csv.reader(_bounded_lines(path, text), delimiter=form.delimiter)
    row: list[str] = []
    try:
        for row in islice(reader, form.skipped, None):
            if any(row):
                yield reader.line_num, _tidy(row, form)
        if row and row[-1].endswith("\n"):  # it took all the lines after the quotation mark
            line = reader.line_num - row[-1].count("\n") + 1
            raise DataError(f"{path.name}, line {line}: not CSV text: a quotation mark is not closed.", HINT)
    except (UnicodeError, csv.Error) as error:
        raise DataError(f"{path.name}, line {reader.line_num + 1}: not CSV text ({error}).", HINT) from error
    finally:
        text.detach()  # or it would close the stream


def _bounded_lines(path: Path, stream: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a file for ``csv.reader``; raise DataError for one longer than ``LONGEST_LINE``."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise too_long(path, number)
        if not line.isascii() and _NO_LETTER.search(line):
            raise DataError(f"{path.name}, line {number}: not CSV text: a letter is not in UTF-8.", _SAVE_AGAIN)
        yield line


def _tidy(row: list[str], form: _Form) -> list[str]:
    """Return a row without what is below no name, and with points in its decimals."""
    if len(row) <= form.columns or not any(row[form.named :]):
        row = row[: form.named]
    if form.delimiter != ",":
        row = [cell.replace(",", ".") if _DECIMAL.fullmatch(cell) else cell for cell in row]
    return row


class _Rewritten(io.BufferedReader):
    """Rows as the bytes of a comma-separated table; ``tell`` is of the file that they are read from."""

    def __init__(self, source: BinaryIO, rows: Iterator[list[str]]) -> None:
        super().__init__(_RowBytes(rows), 1 << 16)
        self._source = source

    def tell(self) -> int:
        return self._source.tell()


class _RowBytes(io.RawIOBase):
    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows = rows
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer).cast("B")
        if not self._left:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            for row in self._rows:
                writer.writerow(row)
                if text.tell() >= len(target):
                    break
            self._left = text.getvalue().encode()
        size = min(len(target), len(self._left))
        target[:size], self._left = self._left[:size], self._left[size:]
        return size
