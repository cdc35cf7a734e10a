"""Keeps what the Kaggle client prints away from standard output, which belongs to our own results."""

import contextlib
import io
from collections.abc import Iterator


class _Nowhere(io.TextIOBase):
    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop what is printed inside the block; standard error stays as it is."""
    with contextlib.redirect_stdout(_Nowhere()):
        yield
