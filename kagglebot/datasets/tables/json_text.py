"""JSON read value by value, so that a file may be larger than memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

_CHUNK = 1 << 20  # characters
_LONGEST = 64 << 20  # characters of a value: 2,000 x 2,000 pixels take about so many
_SPACES = " \t\r\n"


class JsonText:
    """The text of a JSON file, of which some is in memory."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder()
        self._text, self._start, self._ended = "", 0, False

    def peek(self) -> str:
        """Return the next sign that is no space; empty at the end."""
        while True:
            while self._start < len(self._text) and self._text[self._start] in _SPACES:
                self._start += 1
            if self._start < len(self._text):
                return self._text[self._start]
            if not self._read_more():
                return ""

    def peek_inside(self) -> str:
        """Return the next sign in the list that begins here; empty at the end."""
        while not (inside := self._text[self._start + 1 :].lstrip(_SPACES)) and self._read_more():
            pass
        return inside[:1]

    def skip(self) -> None:
        """Pass the sign that ``peek`` returned."""
        self._start += 1

    def value(self) -> Any:
        """Return the next value.

        Raises:
            ValueError: It is cut off, damaged or too long.
        """
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._start)
            except ValueError as error:
                if len(self._text) - self._start > _LONGEST or not self._read_more():
                    raise ValueError("it is cut off, damaged or too long") from error
                continue
            if end < len(self._text) or not self._read_more():  # at the end, a number may go on
                self._start = end
                return value

    def items(self) -> Iterator[Any]:
        """Yield the values of the list that begins here."""
        self.skip()
        while self.peek() != "]":
            yield self.value()
            if self.peek() == ",":
                self.skip()
        self.skip()

    def names(self) -> Iterator[str]:
        """Yield the names in the object that begins here; the value of each must be read before the next."""
        self.skip()
        while self.peek() != "}":
            name = str(self.value())
            if self.peek() == ":":
                self.skip()
            yield name
            if self.peek() == ",":
                self.skip()
        self.skip()

    def _read_more(self) -> bool:
        """Read on; return whether there was more."""
        left = self._text[self._start :]
        more = "" if self._ended else self._stream.read(max(_CHUNK, len(left)))
        self._text, self._start, self._ended = left + more, 0, not more
        return bool(more)


def read_lists(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each value of the lists of an object, with the name of its list; a list alone has no name.

    Raises:
        ValueError: The file is cut off or damaged, or its object is too long.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        text = JsonText(stream)
        if text.peek() == "[":
            yield from (("", value) for value in text.items())
        if text.peek() != "{":
            return
        for name in text.names():
            if text.peek() == "[":
                yield from ((name, value) for value in text.items())
            else:
                text.value()
