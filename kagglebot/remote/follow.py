"""What a notebook prints while it runs, followed as it does."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from kagglebot.kaggle.kernels import Notebooks

#: Seconds until the log is asked for again, after it ended or the connection broke.
PAUSE_SECONDS = 20.0


@contextmanager
def following(
    notebooks: Notebooks, slug: str, first: str, on_line: Callable[[str], None]
) -> Iterator[Callable[[str], None]]:
    """Pass on what the newest run of a notebook prints, while the block lasts.

    Args:
        notebooks: The user's notebooks.
        slug: The notebook.
        first: The line after which its own lines begin: until then the log may be of an earlier run.
        on_line: Called with each line, once, from another thread.

    Yields:
        What to call with the whole log in the end: it passes on the lines that Kaggle did not show before.
    """
    passed, over, turn = 0, threading.Event(), threading.Lock()

    def pass_on(log: Iterable[str]) -> None:
        nonlocal passed
        for number, line in enumerate(_own_lines(log, first)):
            with turn:
                if number == passed:
                    passed += 1
                    on_line(line)
            if over.is_set():
                return

    def follow() -> None:
        while not over.is_set():
            pass_on(notebooks.stream_log(slug))
            over.wait(PAUSE_SECONDS)

    threading.Thread(target=follow, daemon=True).start()
    try:
        yield lambda log: pass_on(log.splitlines())
    finally:
        over.set()


def _own_lines(log: Iterable[str], first: str) -> Iterator[str]:
    own = False
    for line in log:
        if own:
            yield line.rstrip()
        own = own or first in line
