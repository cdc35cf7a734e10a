"""Exceptions of the Kaggle client, and copies of them that are safe to show."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests
import urllib3

_SIGNED = re.compile(r"(https?://[^/\s'\"]+/|\burl: /?)[^\s'\")>]*")


class BrokenTransfer(Exception):
    """A file that did not arrive whole; the text says which."""


class UnreadableAnswer(Exception):
    """An answer of Kaggle's that is not in the form the client expects."""


#: What a call may raise because of Kaggle or the network. Anything else is a bug of ours.
FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, BrokenTransfer, UnreadableAnswer)


@contextmanager
def parsing() -> Iterator[None]:
    """Mark the block as one that only parses an answer of Kaggle's.

    Raises:
        UnreadableAnswer: The answer is not JSON, or a field is missing or of another type.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UnreadableAnswer(f"{type(error).__name__} while parsing Kaggle's answer") from error


class MaskedError(Exception):
    """A copy of an exception: its type, its traceback, and its text without credentials or signed addresses."""


def masked(error: BaseException, without_secrets: Callable[[str], str]) -> MaskedError:
    """Return a copy of ``error`` and of its causes that is safe to print.

    Args:
        error: The exception.
        without_secrets: Removes the credentials from a text.
    """
    text = _SIGNED.sub(r"\1…", without_secrets(str(error)))
    copy = MaskedError(f"{type(error).__name__}: {text}").with_traceback(error.__traceback__)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    copy.__cause__ = masked(cause, without_secrets) if cause else None
    return copy
