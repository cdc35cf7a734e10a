"""Lists that Kaggle answers in pages."""

from collections.abc import Callable, Iterator
from typing import Any


def pages(ask: Callable[..., Any]) -> Iterator[Any]:
    """Yield one answer after the other.

    Args:
        ask: ``(page_token=token) -> answer``: requests the page of a token, the first one of an empty token. It
            returns None where there is no such list.
    """
    token = ""
    while (answer := ask(page_token=token)) is not None:
        yield answer
        token = str(answer.next_page_token or "")
        if not token:
            return
