"""Whether a file has arrived at Kaggle: its own list decides, by a mark in the description."""

import time
from collections.abc import Collection, Iterable

from kagglebot.errors import KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.models import RemoteSubmission
from kagglebot.submission.ledger import Entry, Ledger

#: Seconds between looks for a submission that may have arrived: Kaggle's list may lag behind.
_LIST_PAUSES = (0.0, 1.0, 3.0, 6.0)
#: How much of the digest stands in a submission's description on Kaggle.
_MARK_DIGITS = 12


def mark(digest: str) -> str:
    """What in a submission's description tells its file from all others."""
    return f"[{digest[:_MARK_DIGITS]}]"


def find(
    submissions: Iterable[RemoteSubmission], digest: str, besides: Collection[int] = ()
) -> RemoteSubmission | None:
    """The newest submission of that very file whose number is none of those."""
    found = (each for each in submissions if mark(digest) in each.description)
    return next((each for each in found if each.ref not in besides), None)


def look_for(client: KaggleClient, entry: Entry, besides: Collection[int]) -> RemoteSubmission | None:
    """Look more than once for a submission of the entry's file whose number is none of those.

    Raises:
        KaggleError: Kaggle said no, or cannot be reached.
    """
    for pause in _LIST_PAUSES:
        time.sleep(pause)
        found = find(client.submissions(entry.competition), entry.digest, besides)
        if found is not None:
            return found
    return None


def settled_numbers(ledger: Ledger, listed: Iterable[RemoteSubmission], *, cut_off: bool) -> set[int]:
    """The numbers that cannot be those of a repeated submission: all there are, but for one that was cut off."""
    if not cut_off:
        return {submission.ref for submission in listed}
    return {entry.ref for entry in ledger.entries() if entry.ref is not None}


def find_unconfirmed(client: KaggleClient, entry: Entry, before: Collection[int]) -> int:
    """Find a submission whose answer was lost or said nothing.

    Raises:
        SubmissionError: It is not in Kaggle's list, or that cannot be read.
    """
    again = "Run the same command again: it looks on Kaggle first and submits only what is not there."
    try:
        found = look_for(client, entry, before)
    except KaggleError as error:
        unknown = f"Kaggle did not confirm the submission of {entry.file}, so it may have arrived: {error.message}"
        raise SubmissionError(unknown, again) from error
    if found is None:
        raise SubmissionError(
            f"Kaggle did not confirm the submission of {entry.file}, and does not list it.", again
        )
    return found.ref
