"""Upload a file exactly once, whatever interrupts it.

The intention is written to the ledger before the upload, and the outcome after it. In between only Kaggle's own
list of submissions knows. So each description on Kaggle ends in a mark made of the file's digest, and a file that
the list shows is never uploaded a second time.
"""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

from kagglebot.errors import KagglebotError, KaggleError, SubmissionError
from kagglebot.kaggle.client import KaggleClient
from kagglebot.kaggle.records import RemoteSubmission
from kagglebot.submission.ledger import Ledger, LedgerEntry
from kagglebot.submission.preconditions import check_preconditions
from kagglebot.system.progress import ProgressCallback, no_progress

#: How long to wait for another process that submits to the same competition.
LOCK_TIMEOUT_SECONDS = 1800.0
#: Seconds before each look for a submission that may have arrived: Kaggle's list may lag behind.
_LIST_PAUSES = (0.0, 1.0, 3.0, 6.0)
#: After this long the list does not lag behind any more.
_LIST_LAG_SECONDS = 120.0
#: How much of the digest stands in a submission's description on Kaggle.
_MARK_DIGITS = 12


def upload_once(
    client: KaggleClient,
    ledger: Ledger,
    entry: LedgerEntry,
    *,
    again: bool = False,
    late: bool = False,
    send: Callable[[str], int | None] | None = None,
    on_progress: ProgressCallback = no_progress,
) -> tuple[LedgerEntry, bool]:
    """Upload and submit the entry's file unless Kaggle already has it.

    Args:
        client: The Kaggle client.
        ledger: The ledger that the submission is recorded in.
        entry: The submission; its ``file`` exists and its ``digest`` is that file's.
        again: Submit the file even if Kaggle already has it.
        late: Submit after the deadline too.
        send: Submits with the description that it is given, as ``KaggleClient.submit_notebook`` does; by default
            the file is uploaded.
        on_progress: Called with each step.

    Returns:
        The entry as it stands now, and whether this call uploaded it.

    Raises:
        SubmissionError: No submission is possible, or Kaggle did not take it.
        KaggleError: Kaggle refused, or cannot be reached.
        DataError: The ledger cannot be written. After the upload, Kaggle's list has the submission, and the next
            call finds it there.
    """
    with ledger.lock("submit", LOCK_TIMEOUT_SECONDS):
        on_progress("checking what Kaggle already has", 0, None)
        listed = client.submissions(entry.competition)
        same_file = [each for each in ledger.entries(entry.competition) if each.digest == entry.digest]
        last = same_file[-1] if same_file else entry
        attempt = last if same_file and last.ref is None else None  # it was interrupted, or it failed
        arrived = _find_earlier(client, ledger, entry, attempt, listed, again=again)
        if arrived is not None:
            recorded = next((each for each in same_file if each.ref == arrived.ref), last)
            return ledger.append(recorded.updated(arrived)), False
        check_preconditions(client, entry.competition, late=late, by_notebook=send is not None)
        # An attempt that came to nothing and this one are the same submission.
        entry = ledger.append(replace(entry, id=attempt.id) if attempt else entry)
        on_progress("uploading" if send is None else "submitting the notebook", 0, None)
        description = f"{entry.message} {_mark(entry.digest)}"
        try:
            ref = (
                client.submit(entry.competition, Path(entry.file), description)
                if send is None
                else send(description)
            )
        except KagglebotError as error:
            ledger.append(replace(entry, status="failed", error=error.message))
            raise
        if ref is None:
            ref = _confirm(client, entry, {submission.ref for submission in listed})
        return ledger.append(replace(entry, ref=ref, status="pending")), True


def find_by_digest(
    submissions: Iterable[RemoteSubmission], digest: str, exclude: Collection[int] = ()
) -> RemoteSubmission | None:
    """Return the newest submission of the file with that digest whose number is not in ``exclude``, or None."""
    found = (each for each in submissions if _mark(digest) in each.description and each.ref not in exclude)
    return next(found, None)


def _mark(digest: str) -> str:
    return f"[{digest[:_MARK_DIGITS]}]"


def _find_earlier(
    client: KaggleClient,
    ledger: Ledger,
    entry: LedgerEntry,
    attempt: LedgerEntry | None,
    listed: Collection[RemoteSubmission],
    *,
    again: bool,
) -> RemoteSubmission | None:
    """Return an earlier submission of this file on Kaggle, or None if it must be uploaded."""
    interrupted = attempt if attempt and attempt.status == "intended" else None
    exclude: set[int] = set()
    if again and interrupted:  # the one that was interrupted may be in the list, under a number not recorded here
        exclude = {each.ref for each in ledger.entries() if each.ref is not None}
    elif again:
        exclude = {submission.ref for submission in listed}
    found = find_by_digest(listed, entry.digest, exclude)
    if found is None and interrupted and interrupted.age_seconds < _LIST_LAG_SECONDS:
        found = _poll_list(client, entry, exclude)
    return found


def _poll_list(client: KaggleClient, entry: LedgerEntry, exclude: Collection[int]) -> RemoteSubmission | None:
    """Poll Kaggle's list for a submission of the entry's file; return None if it does not appear."""
    for pause in _LIST_PAUSES:
        time.sleep(pause)
        found = find_by_digest(client.submissions(entry.competition), entry.digest, exclude)
        if found is not None:
            return found
    return None


def _confirm(client: KaggleClient, entry: LedgerEntry, exclude: Collection[int]) -> int:
    """Return the number of a submission that Kaggle did not confirm.

    Raises:
        SubmissionError: It is not in Kaggle's list, or the list cannot be read.
    """
    hint = "Run the same command again: it looks on Kaggle first and submits only what is not there."
    try:
        found = _poll_list(client, entry, exclude)
    except KaggleError as error:
        unknown = f"Kaggle did not confirm the submission of {entry.file}, so it may have arrived: {error.message}"
        raise SubmissionError(unknown, hint) from error
    if found is None:
        raise SubmissionError(
            f"Kaggle did not confirm the submission of {entry.file}, and does not list it.", hint
        )
    return found.ref
