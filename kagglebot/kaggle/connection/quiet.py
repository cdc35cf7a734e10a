"""Silence for the Kaggle client, which prints to standard output, where only our results belong."""

import contextlib
import io
import sys
from collections.abc import Iterator


class _Nowhere(io.TextIOBase):
    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Discard what the block prints to standard output."""
    with contextlib.redirect_stdout(_Nowhere()):
        yield


@contextlib.contextmanager
def standard_input_kept() -> Iterator[None]:
    """Keep standard input open in a block that may call ``exit``, which closes it."""
    before, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = before
